using System.Buffers.Binary;

namespace Weft.Encap;

/// <summary>
/// The sending half of an ESP security association (RFC 4303 section 3.3): it numbers, pads, encrypts and authenticates packets in
/// place.
/// </summary>
/// <remarks>
/// One thread uses an association. The IV of each packet is its sequence number, so a nonce cannot repeat while the number does
/// not, and the number stops before it would (<see cref="EspStatus.SequenceExhausted"/>).
/// </remarks>
public sealed class EspOutboundSa : IDisposable
{
    private readonly Aead _cipher;
    private readonly EspNonce _nonce;
    private readonly EspSaOptions _options;

    // What every packet reads, beside each other and not behind a reference.
    private readonly uint _spi;
    private readonly bool _implicitIv;
    private readonly ulong _hardPackets;
    private readonly ulong _hardBytes;
    private readonly ulong _finalSequence;
    private ulong _lastSequence;
    private EspSaCounters _counters;
    private ulong _next;

    /// <summary>Expands the key.</summary>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    public EspOutboundSa(EspSaOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _nonce = new EspNonce(options.ExtendedSequence);
        _cipher = options.CreateCipher(_nonce.Salt);
        // The key is expanded; the record need not carry it around any longer.
        _options = options with { KeyMaterial = default };
        _finalSequence = options.ExtendedSequence ? ulong.MaxValue : uint.MaxValue;
        _lastSequence = options.LastSequence == 0 ? _finalSequence : options.LastSequence;
        (_spi, _implicitIv, _hardPackets, _hardBytes) = (options.Spi, options.ImplicitIv, options.HardPackets, options.HardBytes);
        _next = options.FirstSequence;
        HeaderLength = EspFormat.HeaderLength(options.ImplicitIv);
    }

    /// <summary>Security parameters index.</summary>
    public uint Spi => _options.Spi;

    /// <summary>Cipher.</summary>
    public AeadAlgorithm Algorithm => _options.Algorithm;

    /// <summary>Library that encrypts.</summary>
    public string Provider => _cipher.Provider;

    /// <summary>Bytes in front of the payload: SPI, sequence number and IV if there is one on the wire.</summary>
    public int HeaderLength { get; }

    /// <summary>Source and destination port of ESP in UDP (RFC 3948), kept for the association's life; null for ESP right behind IP.</summary>
    public EspUdpPorts? Udp => _options.Udp;

    /// <summary>Transport or tunnel mode.</summary>
    public EspMode Mode => _options.Mode;

    /// <summary>Sequence number of the next packet.</summary>
    public ulong NextSequence => _next;

    /// <summary>What went through, and what did not.</summary>
    public ref readonly EspSaCounters Counters => ref _counters;

    /// <summary>True once a soft lifetime has passed: time to negotiate a successor.</summary>
    public bool RekeyDue => _counters.Packets >= _options.SoftPackets || _counters.Bytes >= _options.SoftBytes || IsFinished || _next > _finalSequence / 8 * 7;

    /// <summary>True once nothing can be sealed any more: the sequence numbers are used up or the hard lifetime is over.</summary>
    public bool IsFinished => IsUsedUp(_finalSequence) || _counters.Packets >= _options.HardPackets || _counters.Bytes >= _options.HardBytes;

    /// <summary>Allows sequence numbers up to <paramref name="last"/>. Another thread than the one that seals may call it; less than now changes nothing.</summary>
    public void ExtendTo(ulong last)
    {
        if (last > Volatile.Read(ref _lastSequence))
        {
            Volatile.Write(ref _lastSequence, Math.Min(last, _finalSequence));
        }
    }

    /// <summary>
    /// Leaves numbers out: the next packet has number <paramref name="next"/>. For who takes over from a predecessor that used those
    /// before (RFC 6311 section 5). A number below that of the next packet changes nothing.
    /// </summary>
    public void SkipTo(ulong next)
    {
        // The number behind the very last is 0, and stays it: compared one lower, it is above all others.
        if (next - 1 > _next - 1)
        {
            _next = next;
        }
    }

    /// <summary>True if a packet with this low half of its number was sealed here, or by a predecessor that <see cref="SkipTo"/> told of.</summary>
    internal bool HasUsed(uint sequenceLow)
    {
        // So many numbers before the last one used lies the latest with this low half.
        uint ago = (uint)(_next - 1) - sequenceLow;
        return ago < _next - _options.FirstSequence;
    }

    /// <summary>Bytes behind a payload of this length: padding, trailer and tag.</summary>
    public static int TrailerLength(int payloadLength) => EspFormat.PadLength(payloadLength) + EspFormat.TrailerLength + Aead.TagLength;

    /// <summary>Bytes of the whole ESP packet for a payload of this length.</summary>
    public int SealedLength(int payloadLength) => HeaderLength + payloadLength + TrailerLength(payloadLength);

    /// <summary>The longest payload whose ESP packet has at most <paramref name="sealedLength"/> bytes; negative if there is none.</summary>
    public int LargestPayload(int sealedLength) => ((sealedLength - HeaderLength - Aead.TagLength) & ~(EspFormat.Alignment - 1)) - EspFormat.TrailerLength;

    /// <summary>Seals the payload that already lies in <paramref name="esp"/> behind <see cref="HeaderLength"/> free bytes.</summary>
    /// <param name="esp">From the place of the SPI on; at least <see cref="SealedLength"/> bytes.</param>
    /// <param name="payloadLength">Bytes of payload.</param>
    /// <param name="nextHeader">What the payload is: 4 or 41 in tunnel mode, a transport protocol in transport mode, 59 for a dummy.</param>
    /// <param name="written">Bytes of the ESP packet.</param>
    public EspStatus Seal(Span<byte> esp, int payloadLength, byte nextHeader, out int written) => Seal(esp, payloadLength, nextHeader, _next, out written);

    /// <summary>Wipes the key.</summary>
    public void Dispose()
    {
        _nonce.Wipe();
        _cipher.Dispose();
    }

    /// <summary>Says whether a packet can be sealed, and counts a refusal. Who has to move bytes first asks before.</summary>
    internal EspStatus Ready()
    {
        if (IsUsedUp(Volatile.Read(ref _lastSequence)))
        {
            _counters.SequenceExhausted++;
            return EspStatus.SequenceExhausted;
        }

        if (_counters.Packets >= _hardPackets || _counters.Bytes >= _hardBytes)
        {
            _counters.LifetimeExpired++;
            return EspStatus.LifetimeExpired;
        }

        return EspStatus.Ok;
    }

    /// <summary>The same with an IV of the caller's: captures of peers that draw random ones are made again byte for byte.</summary>
    internal EspStatus Seal(Span<byte> esp, int payloadLength, byte nextHeader, ulong iv, out int written)
    {
        written = 0;
        EspStatus ready = Ready();
        if (ready != EspStatus.Ok)
        {
            return ready;
        }

        int pad = EspFormat.PadLength(payloadLength);
        int sealedLength = HeaderLength + payloadLength + pad + EspFormat.TrailerLength + Aead.TagLength;
        if ((uint)payloadLength > (uint)esp.Length || sealedLength > esp.Length)
        {
            _counters.NoRoom++;
            return EspStatus.NoRoom;
        }

        // The number is spent before the library is called: should it fail, no later packet can use the nonce again.
        ulong sequence = _next;
        _next = sequence + 1;
        BinaryPrimitives.WriteUInt32BigEndian(esp, _spi);
        BinaryPrimitives.WriteUInt32BigEndian(esp[EspFormat.SpiLength..], (uint)sequence);
        if (!_implicitIv)
        {
            BinaryPrimitives.WriteUInt64BigEndian(esp[EspFormat.FixedHeaderLength..], iv);
        }

        Span<byte> trailer = esp.Slice(HeaderLength + payloadLength, pad + EspFormat.TrailerLength);
        for (int i = 0; i < pad; i++)
        {
            trailer[i] = (byte)(i + 1);
        }

        trailer[pad] = (byte)pad;
        trailer[pad + 1] = nextHeader;

        _nonce.Set(_spi, iv, sequence);
        int encrypted = payloadLength + pad + EspFormat.TrailerLength;
        _cipher.Seal(_nonce.Nonce, _nonce.Associated, esp.Slice(HeaderLength, encrypted), esp.Slice(HeaderLength + encrypted, Aead.TagLength));

        _counters.Packets++;
        _counters.Bytes += (ulong)payloadLength;
        written = sealedLength;
        return EspStatus.Ok;
    }

    // The number behind the very last is 0, which is above every limit this way.
    private bool IsUsedUp(ulong last) => _next - 1 >= last;
}
