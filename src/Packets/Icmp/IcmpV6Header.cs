namespace Weft.Packets;

/// <summary>The first eight octets of an ICMPv6 message as a value (RFC 4443 section 2.1).</summary>
/// <param name="Type">Type.</param>
/// <param name="Code">Code: which case of the type.</param>
/// <param name="RestOfHeader">The four octets behind the checksum; see <see cref="Echo"/>.</param>
public readonly record struct IcmpV6Header(IcmpV6Type Type, byte Code, uint RestOfHeader = 0)
{
    /// <summary>Octets of the header.</summary>
    public const int Length = IcmpFacts.Length;

    /// <summary>The header of an echo request or reply.</summary>
    public static IcmpV6Header Echo(bool reply, ushort identifier, ushort sequenceNumber) =>
        new(reply ? IcmpV6Type.EchoReply : IcmpV6Type.EchoRequest, 0, ((uint)identifier << 16) | sequenceNumber);

    /// <summary>
    /// Writes the header in front of a body that is already in place, with the checksum over all of
    /// <paramref name="message"/>, and returns <see cref="Length"/>.
    /// </summary>
    /// <param name="message">The whole message: eight bytes for the header, then the body.</param>
    /// <param name="pseudoHeader">Sum of the pseudo header, see <see cref="InternetChecksum"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="message"/> is shorter than <see cref="Length"/>.</exception>
    public int Write(Span<byte> message, uint pseudoHeader)
    {
        Span<byte> header = Wire.Take(message, Length);
        header[0] = (byte)Type;
        header[IcmpFacts.CodeOffset] = Code;
        Wire.Put16(header, IcmpFacts.ChecksumOffset, 0);
        Wire.Put32(header, IcmpFacts.IdentifierOffset, RestOfHeader);
        Wire.Put16(header, IcmpFacts.ChecksumOffset, InternetChecksum.Compute(message, pseudoHeader));
        return Length;
    }
}
