using System.Text;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Conformance.IdsTests;

/// <summary>Rules and packets in few words.</summary>
public static class RuleBench
{
    public static readonly IPv4Address Client = IPv4Address.Parse("192.168.1.2");
    public static readonly IPv4Address Server = IPv4Address.Parse("203.0.113.5");

    public static readonly DetectorOptions Options = new() { Seed = new HashSeed(1, 2), FlowCapacity = 64, ThresholdCapacity = 64 };

    public static RuleSet Rules(string text)
    {
        var errors = new List<RuleDiagnostic>();
        RuleSet rules = RuleParser.Parse(Encoding.UTF8.GetBytes(text), RuleVariables.Default, errors);
        Assert.Empty(errors);
        return rules;
    }

    public static RuleDiagnostic Error(string text)
    {
        var errors = new List<RuleDiagnostic>();
        Assert.Empty(RuleParser.Parse(Encoding.UTF8.GetBytes(text), RuleVariables.Default, errors).Rules);
        return Assert.Single(errors);
    }

    /// <summary>True if a rule with these options alerts on a UDP packet with this payload.</summary>
    public static bool Alerts(string options, byte[] payload) =>
        Inspect(Rules($"alert udp any any -> any any ({options} sid:1;)"), Options, Udp(payload)).Length > 0;

    public static uint[] Inspect(RuleSet rules, DetectorOptions options, params byte[][] frames)
    {
        using var detector = new IntrusionDetector(RuleImage.Compile(rules), options);
        uint[] sids = [.. frames.SelectMany((frame, i) => Inspect(detector, frame, Timestamp.FromSeconds(i)).Sids)];
        return [.. sids, .. Finish(detector)];
    }

    /// <summary>What the detector still finds when nothing more comes.</summary>
    public static uint[] Finish(IntrusionDetector detector)
    {
        var alerts = new Alert[256];
        int count = detector.Finish(Timestamp.FromSeconds(1000), alerts);
        return [.. alerts[..count].Select(alert => alert.Sid)];
    }

    public static (Verdict Verdict, uint[] Sids) Inspect(IntrusionDetector detector, byte[] frame, Timestamp now)
    {
        var alerts = new Alert[256];
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        Verdict verdict = detector.Inspect(frame, layout, now, alerts, out int count);
        return (verdict, [.. alerts[..count].Select(alert => alert.Sid)]);
    }

    public static byte[] Udp(byte[] payload, bool toServer = true, ushort clientPort = 4000)
    {
        byte[] transport = new byte[UdpHeader.Length + payload.Length];
        _ = new UdpHeader(toServer ? clientPort : (ushort)53, toServer ? (ushort)53 : clientPort, payload.Length).Write(transport);
        payload.CopyTo(transport.AsSpan(UdpHeader.Length));
        return IPv4(IpProtocol.Udp, transport, toServer);
    }

    public static byte[] Tcp(TcpFlags flags, byte[] payload, bool toServer = true, uint? sequence = null, uint? acknowledgment = null)
    {
        // Both sides count from 0; the SYN is the first number.
        uint first = (flags & TcpFlags.Syn) != 0 ? 0u : 1u;
        var header = new TcpHeader { SequenceNumber = sequence ?? first, AcknowledgmentNumber = acknowledgment ?? ((flags & TcpFlags.Ack) != 0 ? 1u : 0u), Window = ushort.MaxValue, SourcePort = toServer ? (ushort)4000 : (ushort)80, DestinationPort = toServer ? (ushort)80 : (ushort)4000, Flags = flags };
        byte[] transport = new byte[TcpHeader.MinLength + payload.Length];
        _ = header.Write(transport);
        payload.CopyTo(transport.AsSpan(TcpHeader.MinLength));
        return IPv4(IpProtocol.Tcp, transport, toServer);
    }

    private static byte[] IPv4(IpProtocol protocol, byte[] transport, bool toServer)
    {
        byte[] frame = new byte[34 + transport.Length];
        int at = new EthernetHeader { EtherType = EtherType.IPv4 }.Write(frame);
        at += new IPv4Header { Protocol = protocol, TimeToLive = 64, PayloadLength = transport.Length, Source = toServer ? Client : Server, Destination = toServer ? Server : Client }.Write(frame.AsSpan(at));
        transport.CopyTo(frame.AsSpan(at));
        return frame;
    }
}
