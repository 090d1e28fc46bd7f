namespace Weft.Packets;

/// <summary>An Ethernet header with up to two VLAN tags as a value (IEEE 802.3 3.1.1, IEEE 802.1Q 9).</summary>
public readonly record struct EthernetHeader
{
    /// <summary>Octets of a header without tags.</summary>
    public const int UntaggedLength = 14;

    /// <summary>Receiver.</summary>
    public MacAddress Destination { get; init; }

    /// <summary>Sender.</summary>
    public MacAddress Source { get; init; }

    /// <summary>Service tag (EtherType 0x88A8), written before <see cref="Tag"/>.</summary>
    public VlanTci? ServiceTag { get; init; }

    /// <summary>Customer tag (EtherType 0x8100).</summary>
    public VlanTci? Tag { get; init; }

    /// <summary>EtherType of the payload.</summary>
    public EtherType EtherType { get; init; }

    /// <summary>Octets that <see cref="Write"/> writes: 14, 18 or 22.</summary>
    public int Length => UntaggedLength + (ServiceTag.HasValue ? VlanTag.Length : 0) + (Tag.HasValue ? VlanTag.Length : 0);

    /// <summary>Writes the header and returns <see cref="Length"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than <see cref="Length"/>.</exception>
    public int Write(Span<byte> destination)
    {
        Span<byte> bytes = Wire.Take(destination, Length);
        Destination.Write(bytes);
        Source.Write(bytes[MacAddress.Length..]);
        int at = 2 * MacAddress.Length;
        if (ServiceTag is VlanTci service)
        {
            at = WriteTag(bytes, at, EtherType.ServiceVlanTag, service);
        }

        if (Tag is VlanTci tag)
        {
            at = WriteTag(bytes, at, EtherType.VlanTag, tag);
        }

        Wire.Put16(bytes, at, (int)EtherType);
        return bytes.Length;
    }

    private static int WriteTag(Span<byte> bytes, int at, EtherType type, VlanTci tci)
    {
        Wire.Put16(bytes, at, (int)type);
        Wire.Put16(bytes, at + 2, tci.Value);
        return at + VlanTag.Length;
    }
}
