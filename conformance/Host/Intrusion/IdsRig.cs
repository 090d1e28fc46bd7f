using Weft.Host.Config;
using Weft.Host.Datapath.Intrusion;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestFrames;

namespace Weft.Conformance.HostTests;

/// <summary>Plans with sensors, and IP packets between the machines of <see cref="TestPlans"/>.</summary>
internal static class IdsRig
{
    public const string Evil = "drop udp any any -> any any (msg:\"evil\"; content:\"evil\"; sid:1; rev:2;)\nreject tcp any any -> any any (msg:\"worse\"; content:\"worse\"; sid:2;)\nreject udp any any -> any any (msg:\"bad\"; content:\"bad!\"; sid:3;)";

    public static readonly IPv4Address Alice = IPv4Address.Parse("10.0.0.1");
    public static readonly IPv4Address Bob = IPv4Address.Parse("10.0.0.2");

    /// <summary>The plan with one sensor.</summary>
    public static SwitchPlan Guarded(string rules = Evil, Func<IdsPlan, IdsPlan>? change = null)
    {
        var plan = new IdsPlan { Name = "guard", Rules = IdsRules.FromText(rules), IsInline = true, MaxFlows = 256, MaxThresholds = 16, MaxStreams = 16, AcceptMidstream = true };
        return TestPlans.Resolved() with { Ids = [change is null ? plan : change(plan)] };
    }

    public static byte[] Udp(MacAddress to, MacAddress from, string payload, ushort port = 4000)
    {
        byte[] transport = new byte[UdpHeader.Length + payload.Length];
        System.Text.Encoding.Latin1.GetBytes(payload, transport.AsSpan(UdpHeader.Length));
        _ = new UdpHeader(from == B ? (ushort)9 : port, from == B ? port : (ushort)9, payload.Length).Write(transport);
        return IPv4(to, from, IpProtocol.Udp, transport);
    }

    public static byte[] Tcp(MacAddress to, MacAddress from, TcpFlags flags, string payload, uint sequence = 1000, uint acknowledgment = 5000)
    {
        byte[] transport = new byte[TcpHeader.MinLength + payload.Length];
        System.Text.Encoding.Latin1.GetBytes(payload, transport.AsSpan(TcpHeader.MinLength));
        var header = new TcpHeader { SourcePort = 4000, DestinationPort = 80, Flags = flags, SequenceNumber = sequence, AcknowledgmentNumber = acknowledgment };
        _ = header.Write(transport);
        (IPv4Address source, IPv4Address destination) = from == A ? (Alice, Bob) : (Bob, Alice);
        _ = (header with { Checksum = InternetChecksum.Compute(transport, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, transport.Length)) }).Write(transport);
        return IPv4(to, from, IpProtocol.Tcp, transport);
    }

    private static byte[] IPv4(MacAddress to, MacAddress from, IpProtocol protocol, byte[] transport)
    {
        byte[] frame = new byte[34 + transport.Length];
        int at = new EthernetHeader { Destination = to, Source = from, EtherType = EtherType.IPv4 }.Write(frame);
        (IPv4Address source, IPv4Address destination) = from == A ? (Alice, Bob) : (Bob, Alice);
        at += new IPv4Header { Protocol = protocol, PayloadLength = transport.Length, Source = source, Destination = destination }.Write(frame.AsSpan(at));
        transport.CopyTo(frame.AsSpan(at));
        return frame;
    }
}
