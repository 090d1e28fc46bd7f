namespace Weft.Packets;

/// <summary>A UDP header as a value (RFC 768).</summary>
/// <param name="SourcePort">Port of the sender.</param>
/// <param name="DestinationPort">Port of the receiver.</param>
/// <param name="PayloadLength">Octets behind the header, at most 65,527.</param>
/// <param name="Checksum">Checksum as it goes on the wire; 0 means none (see <see cref="InternetChecksum.ComputeUdp"/>).</param>
public readonly record struct UdpHeader(ushort SourcePort, ushort DestinationPort, int PayloadLength, ushort Checksum = 0)
{
    /// <summary>Octets of a header.</summary>
    public const int Length = 8;

    /// <summary>Offset of the checksum, for filling it in once the payload is written.</summary>
    public const int ChecksumOffset = 6;

    /// <summary>Writes the header and returns <see cref="Length"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> or the payload length does not fit.</exception>
    public int Write(Span<byte> destination)
    {
        Wire.AtMost(PayloadLength, ushort.MaxValue - Length, nameof(PayloadLength));
        Span<byte> bytes = Wire.Take(destination, Length);
        Wire.Put16(bytes, 0, SourcePort);
        Wire.Put16(bytes, 2, DestinationPort);
        Wire.Put16(bytes, 4, Length + PayloadLength);
        Wire.Put16(bytes, ChecksumOffset, Checksum);
        return Length;
    }
}
