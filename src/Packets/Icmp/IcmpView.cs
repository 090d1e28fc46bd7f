namespace Weft.Packets;

/// <summary>A checked view of an ICMP message (RFC 792).</summary>
/// <remarks>After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place.</remarks>
public readonly ref struct IcmpView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private IcmpView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Type; values beyond the enumeration occur.</summary>
    public IcmpType Type => (IcmpType)_bytes[0];

    /// <summary>Code: which case of the type.</summary>
    public byte Code => _bytes[IcmpFacts.CodeOffset];

    /// <summary>Checksum as it stands.</summary>
    public ushort Checksum => Wire.U16(_bytes, IcmpFacts.ChecksumOffset);

    /// <summary>The four octets behind the checksum, whose meaning depends on the type (RFC 1191: the lower half is the MTU of "fragmentation needed").</summary>
    public uint RestOfHeader => Wire.U32(_bytes, IcmpFacts.IdentifierOffset);

    /// <summary>Identifier of an echo or another query.</summary>
    public ushort Identifier => Wire.U16(_bytes, IcmpFacts.IdentifierOffset);

    /// <summary>Sequence number of an echo or another query.</summary>
    public ushort SequenceNumber => Wire.U16(_bytes, IcmpFacts.SequenceOffset);

    /// <summary>True for an error message: it embeds the packet that caused it.</summary>
    public bool IsError => Type is IcmpType.DestinationUnreachable or IcmpType.SourceQuench or IcmpType.Redirect
        or IcmpType.TimeExceeded or IcmpType.ParameterProblem;

    /// <summary>What follows the first eight octets.</summary>
    public ReadOnlySpan<byte> Body => _bytes[IcmpFacts.Length..];

    /// <summary>
    /// The start of the IPv4 packet that caused an error, empty if this is none; without extensions behind it where the length
    /// field tells them apart (RFC 4884 section 3). Parse it with <see cref="IPv4View"/>, which takes a packet cut short.
    /// </summary>
    public ReadOnlySpan<byte> EmbeddedPacket
    {
        get
        {
            if (!IsError)
            {
                return [];
            }

            int length = Type is IcmpType.DestinationUnreachable or IcmpType.TimeExceeded or IcmpType.ParameterProblem ? _bytes[IcmpFacts.IdentifierOffset + 1] * 4 : 0;
            return length == 0 || length > Body.Length ? Body : Body[..length];
        }
    }

    /// <summary>True if the message adds up.</summary>
    public bool IsChecksumValid => InternetChecksum.IsValid(_bytes);

    /// <summary>Checks that eight octets are there. <paramref name="bytes"/> end with the message: cut padding off first.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out IcmpView view)
    {
        bool whole = bytes.Length >= IcmpFacts.Length;
        view = whole ? new IcmpView(bytes) : default;
        return whole;
    }
}
