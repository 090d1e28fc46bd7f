namespace Weft.Packets;

/// <summary>A VXLAN header as a value (RFC 7348 section 5).</summary>
/// <param name="Vni">Network identifier, 0 to 0xFFFFFF.</param>
public readonly record struct VxlanHeader(uint Vni)
{
    /// <summary>Octets of a header.</summary>
    public const int Length = 8;

    /// <summary>Largest network identifier, 24 bits.</summary>
    public const uint MaxVni = 0xFF_FFFF;

    /// <summary>UDP port that IANA assigned.</summary>
    public const ushort Port = 4789;

    /// <summary>The I flag: the VNI is valid.</summary>
    internal const byte ValidVniFlag = 0x08;

    /// <summary>Writes the header and returns <see cref="Length"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short or the VNI larger than 24 bits.</exception>
    public int Write(Span<byte> destination)
    {
        Wire.AtMost(Vni, MaxVni, nameof(Vni));
        Span<byte> bytes = Wire.Take(destination, Length);
        Wire.Put32(bytes, 0, (uint)ValidVniFlag << 24);
        Wire.Put32(bytes, 4, Vni << 8);
        return Length;
    }
}
