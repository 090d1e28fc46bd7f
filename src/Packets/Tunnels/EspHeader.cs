namespace Weft.Packets;

/// <summary>The part of ESP in clear text as a value (RFC 4303 section 2).</summary>
/// <param name="Spi">Security parameters index; 0 never goes on the wire.</param>
/// <param name="SequenceNumber">Lower 32 bits of the sequence number.</param>
public readonly record struct EspHeader(uint Spi, uint SequenceNumber)
{
    /// <summary>Octets of the header.</summary>
    public const int Length = 8;

    /// <summary>UDP port of ESP in UDP (RFC 3948 section 2.1).</summary>
    public const ushort UdpPort = 4500;

    /// <summary>Octets of the non-ESP marker, all zero, in front of IKE on port 4500 (RFC 3948 section 2.2).</summary>
    public const int NonEspMarkerLength = 4;

    /// <summary>Says what a UDP payload of port 4500 is.</summary>
    public static EspUdpContent Classify(ReadOnlySpan<byte> udpPayload)
    {
        if (udpPayload.Length == 1 && udpPayload[0] == 0xFF)
        {
            return EspUdpContent.KeepAlive;
        }

        if (udpPayload.Length < NonEspMarkerLength)
        {
            return EspUdpContent.Malformed;
        }

        if (Wire.U32(udpPayload, 0) == 0)
        {
            return EspUdpContent.Ike;
        }

        return udpPayload.Length < Length ? EspUdpContent.Malformed : EspUdpContent.Esp;
    }

    /// <summary>Writes the header and returns <see cref="Length"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public int Write(Span<byte> destination)
    {
        Span<byte> bytes = Wire.Take(destination, Length);
        Wire.Put32(bytes, 0, Spi);
        Wire.Put32(bytes, 4, SequenceNumber);
        return Length;
    }
}
