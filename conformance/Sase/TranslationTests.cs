using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>What the translation at the uplink owes to its users.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class TranslationTests
{
    private const uint Acme = 1001;

    [Fact]
    public void Rfc4787_Req2_all_flows_of_a_host_leave_from_one_address()
    {
        IPv4Address[] addresses = [.. Enumerable.Range(0, 8).Select(number => new IPv4Address(0xC633_6400u + (uint)number))];
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop);
        node.Configure([Make(Acme) with { PublicAddresses = addresses }]);
        var used = new HashSet<IPv4Address>();
        for (uint host = 1; host <= 40; host++)
        {
            var own = new HashSet<IPv4Address>();
            for (ushort port = 1; port <= 5; port++)
            {
                own.Add(Left(node, pop, Udp(new IPv4Address(0x0A00_0000 + host), port, Remote, 53), TunnelPackets.Now).Source);
            }

            used.Add(Assert.Single(own));
        }

        Assert.InRange(used.Count, 6, 8);
    }

    [Fact]
    public void Rfc4787_Req8_and_Rfc5382_Req3_only_whom_a_host_has_written_to_may_answer_it()
    {
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop);
        FlowKey4 outside = Left(node, pop, Udp(Site, 1234, Remote, 53), TunnelPackets.Now);
        Assert.Equal(SaseAction.ToTunnel, Answer(node, pop, Udp(Remote, 53, outside.Source, outside.SourcePort)).Action);
        Assert.Equal(SaseDrop.NoFlow, Answer(node, pop, Udp(Remote, 54, outside.Source, outside.SourcePort)).Drop);
        Assert.Equal(SaseDrop.NoFlow, Answer(node, pop, Udp(OtherRemote, 53, outside.Source, outside.SourcePort)).Drop);
    }

    [Theory]
    [InlineData("udp", 300)] // RFC 4787 REQ-5: five minutes are recommended
    [InlineData("icmp", 60)] // RFC 5508 REQ-2
    [InlineData("tcp-opening", 30)]
    [InlineData("tcp-established", 7440)] // RFC 5382 REQ-5: two hours and four minutes
    [InlineData("tcp-closed", 240)] // RFC 5382 REQ-5: four minutes
    public void Rfc4787_Req5_Rfc5382_Req5_Rfc5508_Req2_a_silent_flow_keeps_its_endpoint_for_as_long_as_the_standards_say_and_no_longer(string kind, int seconds)
    {
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop, options => options with { StallLimit = TimeSpan.FromSeconds(10) });
        Timestamp now = TunnelPackets.Now;
        byte[] first = kind switch
        {
            "udp" => Udp(Site, 1234, Remote, 53),
            "icmp" => Echo(Site, Remote, 5),
            _ => Tcp(Site, 1234, Remote, 80, TcpFlags.Syn),
        };
        FlowKey4 outside = Left(node, pop, first, now);
        if (kind is "tcp-established" or "tcp-closed")
        {
            Assert.Equal(SaseAction.ToTunnel, Answer(node, pop, Tcp(Remote, 80, outside.Source, outside.SourcePort, TcpFlags.Syn | TcpFlags.Ack)).Action);
        }

        if (kind == "tcp-closed")
        {
            _ = Left(node, pop, Tcp(Site, 1234, Remote, 80, TcpFlags.Fin | TcpFlags.Ack), now);
            Assert.Equal(SaseAction.ToTunnel, Answer(node, pop, Tcp(Remote, 80, outside.Source, outside.SourcePort, TcpFlags.Fin | TcpFlags.Ack)).Action);
        }

        for (int second = 0; second < seconds; second++)
        {
            node.Advance(now + TimeSpan.FromSeconds(second));
            Assert.Equal((second, 1, 1), (second, node.FlowCount, node.BindingCount));
        }

        for (int second = seconds; second < seconds + 3; second++)
        {
            node.Advance(now + TimeSpan.FromSeconds(second));
        }

        Assert.Equal((0, 0), (node.FlowCount, node.BindingCount));
    }

    [Fact]
    public void Rfc4787_Req1_a_port_that_one_flow_gives_up_stays_for_as_long_as_another_one_needs_it()
    {
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop, options => options with { StallLimit = TimeSpan.FromSeconds(10) });
        Timestamp now = TunnelPackets.Now;
        FlowKey4 first = Left(node, pop, Udp(Site, 1234, Remote, 53), now);
        for (int second = 0; second < 400; second++)
        {
            now += TimeSpan.FromSeconds(1);
            node.Advance(now);
            Assert.Equal((first.Source, first.SourcePort), (Left(node, pop, Udp(Site, 1234, OtherRemote, 53), now) is { } other ? (other.Source, other.SourcePort) : default));
        }

        Assert.Equal((1, 1), (node.FlowCount, node.BindingCount));
    }

    [Fact]
    public void Mef117_a_session_is_only_where_policy_has_allowed_it_and_nothing_is_allowed_by_default()
    {
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop);
        node.Configure([new SegmentOptions { Vni = Acme, Bundle = 0, Routes = Make(Acme).Routes, PublicAddresses = [PublicOf(Acme)] }]);
        foreach (byte[] packet in (byte[][])[Udp(Site, 1, Remote, 2), Tcp(Site, 1, Remote, 2, TcpFlags.Syn), Echo(Site, Remote, 3), Udp(Site, 1, OtherSite, 2)])
        {
            Assert.Equal(SaseDrop.Policy, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, packet), out _).Drop);
        }

        Assert.Equal((0, 0), (node.FlowCount, node.BindingCount));
    }

    private static FlowKey4 Left(ManagedServiceNode node, PopOptions pop, byte[] inner, Timestamp now)
    {
        byte[] packet = TunnelPackets.Geneve(pop, 0, Acme, inner);
        byte[] buffer = [.. new byte[pop.Overhead], .. packet];
        SaseVerdict verdict = node.FromTunnel(buffer, pop.Overhead, packet.Length, now);
        Assert.Equal((SaseAction.ToUplink, SaseDrop.None), (verdict.Action, verdict.Drop));
        return Flow(buffer.AsSpan(verdict.Offset, verdict.Length).ToArray());
    }

    private static SaseVerdict Answer(ManagedServiceNode node, PopOptions pop, byte[] packet)
    {
        byte[] buffer = [.. new byte[pop.Overhead], .. packet];
        return node.FromUplink(buffer, pop.Overhead, packet.Length, TunnelPackets.Now);
    }
}
