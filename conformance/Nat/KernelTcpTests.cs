using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>Connections of two kernels, recorded with what a third one between them thought of their states (pcaps/kernel-tcp).</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class KernelTcpTests
{
    private static readonly IPv4Address Client = IPv4Address.Parse("192.0.2.1");

    private static readonly Segment[] Segments =
    [
        .. from frame in Corpus.Captures["kernel-tcp.pcap"].Frames
           let packet = frame.Data[14..]
           let outbound = IPv4Address.Read(packet.AsSpan(12)) == Client
           let ports = (Source: (packet[20] << 8) | packet[21], Destination: (packet[22] << 8) | packet[23])
           select new Segment(outbound, (ushort)(outbound ? ports.Source : ports.Destination), (ushort)(outbound ? ports.Destination : ports.Source), (TcpFlags)packet[33]),
    ];

    private enum Phase
    {
        Opening,
        Established,
        HalfClosed,
        Closed,
        Reset,
    }

    [Theory]
    [InlineData(5001)]
    [InlineData(5002)]
    [InlineData(5003)]
    public void Rfc5382_Req2_Connections_that_the_kernel_made_pass_whole_and_end_as_they_ended_there(ushort port)
    {
        Phase[] theirs = Distinct(File.ReadLines(Repository.File("pcaps/kernel-tcp.states.tsv"))
            .Select(line => line.Split('\t'))
            .Where(columns => columns[0] == $"{port}")
            .Select(columns => columns[1] switch
            {
                "SYN_SENT" => Phase.Opening,
                "SYN_RECV" or "ESTABLISHED" => Phase.Established,
                "FIN_WAIT" or "CLOSE_WAIT" => Phase.HalfClosed,
                "LAST_ACK" or "TIME_WAIT" => Phase.Closed,
                _ => Phase.Reset,
            }));
        Assert.True(theirs.Length >= 3);
        Assert.Equal(theirs, Follow(port));
    }

    [Fact]
    public void Rfc7857_Section2_2_A_refused_connection_is_remembered_longer_than_the_kernel_does()
    {
        // The kernel's tracker forgets it at once; here the RST starts four minutes, whoever sent it.
        Assert.Equal([Phase.Opening, Phase.Reset], Follow(5004));
    }

    private static Phase[] Follow(ushort port)
    {
        using NatEngine engine = Make();
        TcpState state = TcpState.SynOut;
        var phases = new List<Phase> { Phase.Opening };
        ushort shared = 0;
        foreach (Segment segment in Segments.Where(segment => segment.ClientPort == port))
        {
            byte[] packet = segment.Outbound
                ? Tcp(Web, port, Remote, segment.ServerPort, segment.Flags)
                : Tcp(Remote, segment.ServerPort, Shared, shared, segment.Flags);
            NatVerdict verdict = segment.Outbound ? engine.TranslateOutbound(packet, Network, Start) : engine.TranslateInbound(packet, redirected: false, Start);
            Assert.Equal(NatAction.Translated, verdict.Action);
            shared = segment.Outbound ? Flow(packet).SourcePort : shared;
            state = TcpTracker.Next(state, segment.Flags, segment.Outbound);
            phases.Add(state switch
            {
                TcpState.SynOut or TcpState.SynIn => Phase.Opening,
                TcpState.Established => Phase.Established,
                TcpState.FinOut or TcpState.FinIn => Phase.HalfClosed,
                TcpState.Closed => Phase.Closed,
                _ => Phase.Reset,
            });
        }

        return Distinct(phases);
    }

    private static Phase[] Distinct(IEnumerable<Phase> phases)
    {
        var kept = new List<Phase>();
        foreach (Phase phase in phases)
        {
            if (kept.Count == 0 || kept[^1] != phase)
            {
                kept.Add(phase);
            }
        }

        return [.. kept];
    }

    private sealed record Segment(bool Outbound, ushort ClientPort, ushort ServerPort, TcpFlags Flags);
}
