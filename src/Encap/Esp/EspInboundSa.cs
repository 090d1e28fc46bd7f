using System.Buffers.Binary;

namespace Weft.Encap;

/// <summary>
/// The receiving half of an ESP security association (RFC 4303 section 3.4): anti-replay check, authentication and decryption in
/// place, then the window moves.
/// </summary>
/// <remarks>One thread uses an association. Nothing of a packet that fails authentication is delivered or remembered.</remarks>
public sealed class EspInboundSa : IDisposable
{
    private readonly Aead _cipher;
    private readonly EspNonce _nonce;
    private readonly EspSaOptions _options;
    private readonly AntiReplayWindow _window;
    private readonly int _headerLength;

    // What every packet reads, beside each other and not behind a reference.
    private readonly bool _extended;
    private readonly bool _implicitIv;
    private readonly ulong _hardPackets;
    private readonly ulong _hardBytes;
    private EspSaCounters _counters;

    /// <summary>Expands the key and allocates the window.</summary>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    public EspInboundSa(EspSaOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _window = new AntiReplayWindow(options.ReplayWindow);
        _nonce = new EspNonce(options.ExtendedSequence);
        _cipher = options.CreateCipher(_nonce.Salt);
        _options = options with { KeyMaterial = default };
        (_extended, _implicitIv, _hardPackets, _hardBytes) = (options.ExtendedSequence, options.ImplicitIv, options.HardPackets, options.HardBytes);
        Owner = options.Owner;
        _headerLength = EspFormat.HeaderLength(options.ImplicitIv);
    }

    /// <summary>Security parameters index.</summary>
    public uint Spi => _options.Spi;

    /// <summary>Cipher.</summary>
    public AeadAlgorithm Algorithm => _options.Algorithm;

    /// <summary>Library that decrypts.</summary>
    public string Provider => _cipher.Provider;

    /// <summary>Transport or tunnel mode.</summary>
    public EspMode Mode => _options.Mode;

    /// <summary>A number of the caller's, which comes back with every frame: whose association it is.</summary>
    public int Owner { get; set; }

    /// <summary>Highest sequence number of an authentic packet.</summary>
    public ulong HighestSequence => _window.Highest;

    /// <summary>What went through, and what did not.</summary>
    public ref readonly EspSaCounters Counters => ref _counters;

    /// <summary>True once a soft lifetime has passed: time to negotiate a successor.</summary>
    public bool RekeyDue => _counters.Packets >= _options.SoftPackets || _counters.Bytes >= _options.SoftBytes;

    /// <summary>True once the hard lifetime is over and nothing is opened any more.</summary>
    public bool IsFinished => _counters.Packets >= _hardPackets || _counters.Bytes >= _hardBytes;

    /// <summary>
    /// Writes the anti-replay window, for another host that opens the association's packets from now on: without it that one would take packets a second time.
    /// </summary>
    /// <param name="into">At least <see cref="AntiReplayWindow.MaxStateBytes"/>.</param>
    /// <returns>Bytes written.</returns>
    public int ExportWindow(Span<byte> into) => _window.Export(into);

    /// <summary>Takes over what another host's window of this association knows; see <see cref="AntiReplayWindow.TryMerge"/>.</summary>
    /// <returns>False if <paramref name="state"/> is no window; nothing is changed then.</returns>
    public bool TryMergeWindow(ReadOnlySpan<byte> state) => _window.TryMerge(state);

    /// <summary>Opens a packet in place.</summary>
    /// <param name="esp">The packet from the SPI to the end of the tag; the SPI must be this association's.</param>
    /// <param name="payload">Where the payload lies, if the result is <see cref="EspStatus.Ok"/>.</param>
    public EspStatus Open(Span<byte> esp, out EspPayload payload)
    {
        payload = default;
        int encrypted = esp.Length - _headerLength - Aead.TagLength;
        if (encrypted < EspFormat.TrailerLength)
        {
            _counters.Truncated++;
            return EspStatus.Truncated;
        }

        if (IsFinished)
        {
            _counters.LifetimeExpired++;
            return EspStatus.LifetimeExpired;
        }

        uint low = BinaryPrimitives.ReadUInt32BigEndian(esp[EspFormat.SpiLength..]);
        ulong sequence = _extended ? _window.InferSequence(low) : low;
        ReplayVerdict replay = _window.Check(sequence);
        if (replay != ReplayVerdict.Fresh)
        {
            return Refuse(replay);
        }

        // The SPI of the wire is authenticated, not the one we hold: a packet handed to the wrong association fails here.
        ulong iv = _implicitIv ? sequence : BinaryPrimitives.ReadUInt64BigEndian(esp[EspFormat.FixedHeaderLength..]);
        _nonce.Set(BinaryPrimitives.ReadUInt32BigEndian(esp), iv, sequence);
        Span<byte> data = esp.Slice(_headerLength, encrypted);
        if (!_cipher.Open(_nonce.Nonce, _nonce.Associated, data, esp[(_headerLength + encrypted)..]))
        {
            _counters.AuthenticationFailed++;
            return EspStatus.AuthenticationFailed;
        }

        _window.Commit(sequence);
        return Unpad(data, sequence, out payload);
    }

    /// <summary>Wipes the key.</summary>
    public void Dispose()
    {
        _nonce.Wipe();
        _cipher.Dispose();
    }

    private EspStatus Unpad(ReadOnlySpan<byte> data, ulong sequence, out EspPayload payload)
    {
        payload = default;
        byte nextHeader = data[^1];
        int pad = data[^2];
        int length = data.Length - EspFormat.TrailerLength - pad;
        if (length < 0 || !IsCounting(data.Slice(length, pad)))
        {
            _counters.BadPadding++;
            return EspStatus.BadPadding;
        }

        if (nextHeader == EspFormat.DummyNextHeader)
        {
            _counters.Dummies++;
            return EspStatus.Dummy;
        }

        _counters.Packets++;
        _counters.Bytes += (ulong)length;
        payload = new EspPayload(_headerLength, length, nextHeader, sequence);
        return EspStatus.Ok;
    }

    private EspStatus Refuse(ReplayVerdict replay)
    {
        if (replay == ReplayVerdict.Duplicate)
        {
            _counters.ReplayDuplicate++;
            return EspStatus.ReplayDuplicate;
        }

        _counters.ReplayOld++;
        return EspStatus.ReplayOld;
    }

    private static bool IsCounting(ReadOnlySpan<byte> padding)
    {
        for (int i = 0; i < padding.Length; i++)
        {
            if (padding[i] != i + 1)
            {
                return false;
            }
        }

        return true;
    }
}
