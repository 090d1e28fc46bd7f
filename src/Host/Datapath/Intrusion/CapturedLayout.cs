using System.Buffers.Binary;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>Finds the headers of captured packets behind whatever link header the capture has.</summary>
internal static class CapturedLayout
{
    private const int LoopbackHeader = 4;
    private const int CookedHeader = 16;
    private const int Cooked2Header = 20;

    /// <summary>Lays a packet out.</summary>
    /// <param name="data">The packet; what the link put in front of IP is taken away where it is no Ethernet.</param>
    /// <param name="link">What the packet begins with.</param>
    /// <param name="layout">Where its headers are, counted from what is left.</param>
    public static bool TryParse(ref ReadOnlySpan<byte> data, LinkType link, out PacketLayout layout)
    {
        (int header, int typeAt) = link switch
        {
            LinkType.Raw or LinkType.IPv4 or LinkType.IPv6 => (0, -1),
            // The family is in an order that only the capturing machine knows; the packet says what it is.
            LinkType.Null or LinkType.Loop => (LoopbackHeader, -1),
            LinkType.LinuxCooked => (CookedHeader, CookedHeader - sizeof(ushort)),
            LinkType.LinuxCooked2 => (Cooked2Header, 0),
            _ => (0, 0),
        };
        if (link == LinkType.Ethernet)
        {
            return PacketLayout.TryParse(data, out layout);
        }

        layout = default;
        if (data.Length <= header || (header == 0 && typeAt == 0))
        {
            return false;
        }

        var type = (EtherType)(typeAt < 0 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(data[typeAt..]));
        data = data[header..];
        type = typeAt >= 0 ? type : data[0] >> 4 == 6 ? EtherType.IPv6 : EtherType.IPv4;
        return PacketLayout.TryParseNetwork(data, type, out layout);
    }
}
