using Weft.Multicast;
using Weft.Packets;

namespace Weft.Samples.Multicast;

/// <summary>Frames as a host's stack would send them.</summary>
internal static class Frames
{
    private static readonly byte[] RouterAlert = [0x94, 4, 0, 0];

    /// <summary>An IGMPv2 report: somebody wants the group.</summary>
    public static byte[] Join(string group)
    {
        IPv4Address address = IPv4Address.Parse(group);
        byte[] frame = new byte[46];
        int at = Ethernet(frame, address);
        at += new IPv4Header { TimeToLive = 1, Protocol = IpProtocol.Igmp, PayloadLength = 8, Source = IPv4Address.Parse("10.0.0.2"), Destination = address }
            .Write(frame.AsSpan(at), RouterAlert);
        _ = IgmpMessage.Write(frame.AsSpan(at), IgmpType.ReportV2, 0, address);
        return frame;
    }

    /// <summary>UDP data to the group.</summary>
    public static byte[] Data(string source, string group)
    {
        IPv4Address address = IPv4Address.Parse(group);
        byte[] frame = new byte[60];
        int at = Ethernet(frame, address);
        _ = new IPv4Header { TimeToLive = 16, Protocol = IpProtocol.Udp, PayloadLength = 26, Source = IPv4Address.Parse(source), Destination = address }.Write(frame.AsSpan(at));
        return frame;
    }

    private static int Ethernet(byte[] frame, IPv4Address group) => new EthernetHeader
    {
        Destination = MulticastAddress.ToMac(MulticastAddress.Map(group)),
        Source = new MacAddress(0x0200_0000_0001),
        EtherType = EtherType.IPv4,
    }.Write(frame);
}
