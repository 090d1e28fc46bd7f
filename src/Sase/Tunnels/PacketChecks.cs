using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Sase.Tunnels;

/// <summary>What must hold of a tenant's packet before anything is done with it (RFC 1812 section 5.2.2 and 5.3.7).</summary>
internal static class PacketChecks
{
    private const int TimeToLiveOffset = 8;
    private const int ChecksumOffset = 10;
    private const int DestinationOffset = 16;

    public static SaseDrop Check(ReadOnlySpan<byte> frame, in PacketLayout layout)
    {
        if (!layout.IsIPv4 || layout.Error != LayoutError.None || layout.VlanTags > 0 || !IPv4View.TryParse(frame[layout.L3Offset..layout.EndOffset], out IPv4View view) || !view.IsChecksumValid)
        {
            return SaseDrop.InnerMalformed;
        }

        return IsHost(view.Source) && IsHost(view.Destination) ? SaseDrop.None : SaseDrop.InnerAddress;
    }

    public static int TimeToLive(ReadOnlySpan<byte> ip) => ip[TimeToLiveOffset];

    public static IPv4Address Destination(ReadOnlySpan<byte> ip) => IPv4Address.Read(ip[DestinationOffset..]);

    /// <summary>Writes the congestion field that came out of the tunnel (RFC 6040 section 4.2).</summary>
    public static void SetEcn(Span<byte> ip, int ecn)
    {
        if ((ip[1] & 3) == ecn)
        {
            return;
        }

        ushort before = BinaryPrimitives.ReadUInt16BigEndian(ip);
        ip[1] = (byte)((ip[1] & 0xFC) | ecn);
        var delta = ChecksumDelta.Of(before, BinaryPrimitives.ReadUInt16BigEndian(ip));
        BinaryPrimitives.WriteUInt16BigEndian(ip[ChecksumOffset..], delta.Apply(BinaryPrimitives.ReadUInt16BigEndian(ip[ChecksumOffset..])));
    }

    /// <summary>An address of one machine: neither this network (0/8), nor the machine itself (127/8), nor a group, nor reserved (RFC 1122 section 3.2.1.3).</summary>
    private static bool IsHost(IPv4Address address) => address.Value >> 24 is not (0 or 127) && address.Value >> 28 < 0xE;
}
