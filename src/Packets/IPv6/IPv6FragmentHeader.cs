namespace Weft.Packets;

/// <summary>The fragment extension header as a value (RFC 8200 section 4.5).</summary>
public readonly record struct IPv6FragmentHeader
{
    /// <summary>Octets of the header.</summary>
    public const int Length = IPv6Facts.FragmentLength;

    /// <summary>Type of the first header of the fragmentable part.</summary>
    public IpProtocol NextHeader { get; init; }

    /// <summary>Offset of what follows within the fragmentable part in octets: a multiple of 8, at most 65,528.</summary>
    public int OffsetBytes { get; init; }

    /// <summary>True if more fragments follow.</summary>
    public bool MoreFragments { get; init; }

    /// <summary>Identification of the datagram, for reassembly.</summary>
    public uint Identification { get; init; }

    /// <summary>Reads the header; false if fewer than eight octets are there.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out IPv6FragmentHeader header)
    {
        header = default;
        if (bytes.Length < Length)
        {
            return false;
        }

        int word = Wire.U16(bytes, 2);
        header = new IPv6FragmentHeader
        {
            NextHeader = (IpProtocol)bytes[0],
            OffsetBytes = word & 0xFFF8,
            MoreFragments = (word & 1) != 0,
            Identification = Wire.U32(bytes, 4),
        };
        return true;
    }

    /// <summary>Writes the header and returns <see cref="Length"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short or the offset out of range.</exception>
    public int Write(Span<byte> destination)
    {
        Wire.AtMost(OffsetBytes, 65_528, nameof(OffsetBytes));
        Span<byte> bytes = Wire.Take(destination, Length);
        bytes[0] = (byte)NextHeader;
        bytes[1] = 0;
        Wire.Put16(bytes, 2, (OffsetBytes & 0xFFF8) | (MoreFragments ? 1 : 0));
        Wire.Put32(bytes, 4, Identification);
        return Length;
    }
}
