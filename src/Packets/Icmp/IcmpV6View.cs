namespace Weft.Packets;

/// <summary>A checked view of an ICMPv6 message (RFC 4443).</summary>
/// <remarks>After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place.</remarks>
public readonly ref struct IcmpV6View
{
    private readonly ReadOnlySpan<byte> _bytes;

    private IcmpV6View(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Type; values beyond the enumeration occur.</summary>
    public IcmpV6Type Type => (IcmpV6Type)_bytes[0];

    /// <summary>Code: which case of the type.</summary>
    public byte Code => _bytes[IcmpFacts.CodeOffset];

    /// <summary>Checksum as it stands.</summary>
    public ushort Checksum => Wire.U16(_bytes, IcmpFacts.ChecksumOffset);

    /// <summary>The four octets behind the checksum, whose meaning depends on the type (the MTU of "packet too big").</summary>
    public uint RestOfHeader => Wire.U32(_bytes, IcmpFacts.IdentifierOffset);

    /// <summary>Identifier of an echo or another query.</summary>
    public ushort Identifier => Wire.U16(_bytes, IcmpFacts.IdentifierOffset);

    /// <summary>Sequence number of an echo or another query.</summary>
    public ushort SequenceNumber => Wire.U16(_bytes, IcmpFacts.SequenceOffset);

    /// <summary>True for an error message: it embeds the packet that caused it.</summary>
    public bool IsError => _bytes[0] < 128;

    /// <summary>What follows the first eight octets.</summary>
    public ReadOnlySpan<byte> Body => _bytes[IcmpFacts.Length..];

    /// <summary>
    /// The start of the IPv6 packet that caused an error, empty if this is none; without extensions behind it where the length
    /// field tells them apart (RFC 4884 section 3). Parse it with <see cref="IPv6View"/>, which takes a packet cut short.
    /// </summary>
    public ReadOnlySpan<byte> EmbeddedPacket
    {
        get
        {
            if (!IsError)
            {
                return [];
            }

            int length = Type is IcmpV6Type.DestinationUnreachable or IcmpV6Type.TimeExceeded ? _bytes[IcmpFacts.IdentifierOffset] * 8 : 0;
            return length == 0 || length > Body.Length ? Body : Body[..length];
        }
    }

    /// <summary>True if the message adds up with <paramref name="pseudoHeader"/> (RFC 4443 section 2.3).</summary>
    public bool IsChecksumValid(uint pseudoHeader) => InternetChecksum.IsValid(_bytes, pseudoHeader);

    /// <summary>Checks that eight octets are there. <paramref name="bytes"/> end with the message: cut padding off first.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out IcmpV6View view)
    {
        bool whole = bytes.Length >= IcmpFacts.Length;
        view = whole ? new IcmpV6View(bytes) : default;
        return whole;
    }
}
