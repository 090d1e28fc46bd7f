using Weft.Packets;

namespace Weft.Conformance.MulticastTests;

/// <summary>Frames of IGMP and MLD around message bytes that a test gives.</summary>
internal static class ControlFrames
{
    private static readonly byte[] RouterAlert = [0x94, 4, 0, 0];

    /// <summary>An IGMP message; with router alert, TTL 1.</summary>
    public static byte[] Igmp(string hex, string destination, string source = "192.0.2.1", byte ttl = 1, int host = 1, bool alert = true) =>
        Igmp(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), destination, source, ttl, host, alert);

    public static byte[] Igmp(byte[] message, string destination, string source = "192.0.2.1", byte ttl = 1, int host = 1, bool alert = true)
    {
        IPv4Address receiver = IPv4Address.Parse(destination);
        byte[] frame = new byte[14 + (alert ? 24 : 20) + message.Length];
        int at = Ethernet(frame, Weft.Multicast.MulticastAddress.ToMac(Weft.Multicast.MulticastAddress.Map(receiver)), host, EtherType.IPv4);
        at += new IPv4Header { TimeToLive = ttl, Protocol = IpProtocol.Igmp, PayloadLength = message.Length, Source = IPv4Address.Parse(source), Destination = receiver }
            .Write(frame.AsSpan(at), alert ? RouterAlert : []);
        message.CopyTo(frame, at);
        return frame;
    }

    /// <summary>A version 3 report of one record.</summary>
    public static byte[] ReportV3(GroupRecordType type, string group, int host, params string[] sources)
    {
        byte[] message = new byte[16 + (4 * sources.Length)];
        _ = GroupRecordWriter.Write(message.AsSpan(8), type, IPv4Address.Parse(group), (IPv4Address[])[.. sources.Select(source => IPv4Address.Parse(source))]);
        _ = IgmpMessage.WriteReportV3(message, 1);
        return Igmp(message, "224.0.0.22", host: host);
    }

    public static byte[] V2(IgmpType type, string group, string? destination = null, int host = 1, byte tenths = 0, string source = "192.0.2.1")
    {
        byte[] message = new byte[8];
        _ = IgmpMessage.Write(message, type, tenths, IPv4Address.Parse(group));
        return Igmp(message, destination ?? group, source, host: host);
    }

    public static byte[] QueryV3(string group, string source, bool suppress = false, byte code = 100)
    {
        byte[] message = new byte[12];
        _ = IgmpMessage.WriteQueryV3(message, code, IPv4Address.Parse(group), 2, 125, suppress, []);
        return Igmp(message, group == "0.0.0.0" ? "224.0.0.1" : group, source);
    }

    /// <summary>A version 2 report of one record.</summary>
    public static byte[] ReportMldV2(GroupRecordType type, string group, string source = "fe80::11", byte hopLimit = 1, bool alert = true, params string[] sources)
    {
        byte[] message = new byte[28 + (16 * sources.Length)];
        IPv6Address receiver = IPv6Address.Parse("ff02::16");
        _ = GroupRecordWriter.Write(message.AsSpan(8), type, IPv6Address.Parse(group), (IPv6Address[])[.. sources.Select(one => IPv6Address.Parse(one))]);
        _ = MldMessage.WriteReportV2(message, 1, IPv6Address.Parse(source), receiver);
        byte[] options = alert ? [58, 0, 5, 2, 0, 0, 1, 0] : [];
        byte[] frame = new byte[54 + options.Length + message.Length];
        int at = Ethernet(frame, new MacAddress(0x3333_0000_0016), 1, EtherType.IPv6);
        at += new IPv6Header
        {
            HopLimit = hopLimit,
            NextHeader = alert ? IpProtocol.HopByHop : IpProtocol.IcmpV6,
            PayloadLength = options.Length + message.Length,
            Source = IPv6Address.Parse(source),
            Destination = receiver,
        }.Write(frame.AsSpan(at));
        options.CopyTo(frame, at);
        message.CopyTo(frame, at + options.Length);
        return frame;
    }

    public static MacAddress Host(int host) => new(0x0200_0000_0000UL + (uint)host);

    private static int Ethernet(byte[] frame, MacAddress destination, int host, EtherType type) =>
        new EthernetHeader { Destination = destination, Source = Host(host), EtherType = type }.Write(frame);
}
