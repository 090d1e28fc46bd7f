using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.AclFrames;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Access lists in a switch: A is 10.0.0.1 behind web1, B is 10.0.0.2 behind web2.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class AclTests
{
    private const string OfA = "10.0.0.1", OfB = "10.0.0.2", A6 = "2001:db8::1", B6 = "2001:db8::2";

    [Fact]
    public void The_first_rule_that_matches_decides_in_both_families_and_each_counts()
    {
        using var rig = Known(In(List(AclAction.Deny, stateful: false, Rule("no-telnet", AclAction.Deny, port: 23), Rule("servers", AclAction.Permit, to: OfB))));
        rig.Pass(Web1, Tcp(B, A, OfA, OfB, 1000, 443, Syn)).Pass(Web1, Tcp(B, A, OfA, OfB, 1000, 23, Syn)).Pass(Web1, Tcp(B, A, OfA, "10.0.0.3", 1000, 443, Syn)).Pass(Web1, Tcp(B, A, A6, B6, 1000, 443, Syn));
        rig.Pass(Web1, Arp(1, Broadcast, A, IPv4Address.Parse(OfA), default, IPv4Address.Parse(OfB))).Pass(Web1, Ip(B, A, A6, B6, 58, [135, 0, 0, 0, .. new byte[20]]));
        Assert.Equal(3, rig.Out(Web2).Count);
        Assert.Equal(3, rig.Drops()["acl-denied"]);
        AclListSnapshot list = Assert.Single(rig.Switch.Snapshot().Acl!.Lists);
        Assert.Equal([("no-telnet", 1), ("servers", 1), ("default", 2)], list.Rules.Select(rule => (rule.Name, rule.Packets)));
        Assert.Equal(["in of port web1"], list.Places);
        // What is not filtered pays nothing: frames of web2 do not meet the stage.
        rig.Pass(Web2, Tcp(A, B, OfB, OfA, 23, 23, Syn));
        Assert.Single(rig.Out(Web1));
    }

    [Fact]
    public void Lists_judge_what_leaves_by_a_port_and_what_a_segment_gets_out_of_a_tunnel()
    {
        AccessList list = List(AclAction.Deny, stateful: false, Rule("web", AclAction.Permit, port: 80));
        using var rig = Known(Resolved() with { AccessLists = [list] } is var plan ? plan.WithPort(Web2, web => web with { Acl = new AclBinding(-1, 0) }) : plan);
        rig.Pass(Web1, Tcp(B, A, OfA, OfB, 1, 80, Syn)).Pass(Web1, Tcp(B, A, OfA, OfB, 1, 81, Syn)).Pass(Up0, FromPeer(Tcp(B, C, "10.0.0.9", OfB, 1, 80, Syn))).Pass(Up0, FromPeer(Tcp(B, C, "10.0.0.9", OfB, 1, 81, Syn)));
        Assert.Equal(2, rig.Out(Web2).Count);
        Assert.Equal(2, rig.Drops()["acl-denied"]);
        // A flood goes where it may.
        rig.Pass(Web1, Tcp(Broadcast, A, OfA, "10.0.0.255", 1, 81, Syn));
        Assert.Empty(rig.Out(Web2));
        Assert.NotEmpty(rig.Out(Trunk));

        using var tunnels = Known(Resolved().With(0, blue => blue with { Acl = new AclBinding(0, -1) }) with { AccessLists = [list] });
        tunnels.Pass(Up0, FromPeer(Tcp(B, C, "10.0.0.9", OfB, 1, 80, Syn))).Pass(Up0, FromPeer(Tcp(B, C, "10.0.0.9", OfB, 1, 81, Syn))).Pass(Trunk, Tagged(Tcp(B, C, "10.0.0.9", OfB, 1, 81, Syn), 10)).Pass(Trunk, Tagged(Tcp(B, C, "10.0.0.9", OfB, 1, 81, Syn), 20));
        Assert.Single(tunnels.Out(Web2));
        Assert.Equal(2, tunnels.Drops()["acl-denied"]);
    }

    [Fact]
    public void Rfc1858_Fragments_without_ports_pass_where_a_rule_about_ports_permits_the_first()
    {
        using var rig = Known(In(List(AclAction.Deny, stateful: false, Rule("no-telnet", AclAction.Deny, port: 23), Rule("web", AclAction.Permit, port: 80, to: OfB))));
        rig.Pass(Web1, Ip(B, A, OfA, OfB, 6, new byte[32], fragment: 100)).Pass(Web1, Ip(B, A, OfA, "10.0.0.3", 6, new byte[32], fragment: 100));
        Assert.Single(rig.Out(Web2));
        // RFC 1858 section 4: a first fragment too short for flags shows no ports, and no rule about ports permits it.
        rig.Pass(Web1, Ip(B, A, OfA, OfB, 6, [0, 1, 0, 80, 0, 0, 0, 1], fragment: 0x2000));
        Assert.Empty(rig.Out(Web2));
    }

    [Fact]
    public void What_belongs_to_a_permitted_connection_passes_both_ways_and_nothing_else_does()
    {
        using var rig = Known(Stateful());
        rig.Pass(Web2, Tcp(A, B, OfB, OfA, 80, 1000, SynAck));
        Assert.Equal(1, rig.Drops()["acl-denied"]);
        byte[] opened = Tcp(B, A, OfA, OfB, 1000, 80, Syn);
        rig.Pass(Web1, opened).Pass(Web2, Tcp(A, B, OfB, OfA, 80, 1000, SynAck)).Pass(Web1, Tcp(B, A, OfA, OfB, 1000, 80, Ack));
        Assert.Equal((2, 1), (rig.Out(Web2).Count, rig.Out(Web1).Count));
        // Errors about it and fragments of it belong to it; other ports do not.
        rig.Pass(Web2, Unreachable(A, B, OfB, OfA, opened)).Pass(Web2, Unreachable(A, B, OfB, OfA, Tcp(B, A, OfA, OfB, 1001, 80, Syn))).Pass(Web2, Tcp(A, B, OfB, OfA, 80, 1001, SynAck));
        Assert.Single(rig.Out(Web1));
        Assert.Equal(3, rig.Drops()["acl-denied"]);
        rig.Pass(Web1, Tcp(B, A, A6, B6, 1000, 80, Syn)).Pass(Web2, Tcp(A, B, B6, A6, 80, 1000, SynAck));
        Assert.Single(rig.Out(Web1));
        Assert.Equal(2, rig.Switch.Snapshot().Acl!.ConnectionCount);
        Assert.Equal(("web1", true, "established"), rig.Switch.Snapshot().Acl!.Connections.Select(c => (c.Port, c.FromInside, c.State)).First());
        // RFC 5382 requirement 5: two hours and four minutes of silence end it.
        rig.Wait(TimeSpan.FromMinutes(123)).Pass(Web2, Tcp(A, B, OfB, OfA, 80, 1000, Ack));
        Assert.Single(rig.Out(Web1));
        rig.Wait(TimeSpan.FromMinutes(125)).Pass(Web2, Tcp(A, B, OfB, OfA, 80, 1000, Ack));
        Assert.Empty(rig.Out(Web1));
    }

    [Fact]
    public void Fragments_of_answers_follow_their_first_one()
    {
        using var rig = Known(Stateful());
        rig.Pass(Web1, Udp(B, A, OfA, OfB, 1000, 80));
        rig.Pass(Web2, Ip(A, B, OfB, OfA, 17, [0, 80, 3, 232, 0, 40, 0, 0, .. new byte[24]], fragment: 0x2000)).Pass(Web2, Ip(A, B, OfB, OfA, 17, new byte[8], fragment: 4));
        Assert.Equal(2, rig.Out(Web1).Count);
        byte[] strange = Ip(A, B, OfB, OfA, 17, new byte[8], fragment: 4);
        strange[18] = 0x66;
        FixHeaderChecksum(strange);
        rig.Pass(Web2, strange);
        Assert.Empty(rig.Out(Web1));
    }

    [Fact]
    public void Who_is_rejected_is_told_and_it_is_an_event_where_the_rule_says_so()
    {
        using var rig = Known(In(List(AclAction.Permit, stateful: false, Rule("no-telnet", AclAction.Reject, port: 23) with { IsLogged = true }, new AclRule { Name = "no-udp", Action = AclAction.Reject, Matches = [new PacketRule { Protocol = IpProtocol.Udp }] })));
        rig.Pass(Web1, Tcp(B, A, OfA, OfB, 1000, 23, Syn)).Pass(Web1, Udp(B, A, OfA, OfB, 1000, 53));
        List<byte[]> answers = rig.Out(Web1);
        Assert.Equal([(6, Rst | Ack), (1, 13)], answers.Select(answer => ((int)answer[23], answer[23] == 6 ? answer[47] : answer[35])));
        Assert.All(answers, answer => Assert.Equal(A, MacAddress.Read(answer)));
        Assert.Equal(2, rig.Drops()["acl-rejected"]);
        SwitchEvent told = Assert.Single(rig.Switch.ReadEvents().Events, item => item.Name == "matched");
        Assert.Equal(("no-telnet", "reject", "23"), (told.Fields["rule"], told.Fields["action"], told.Fields["port"]));

        using var leaving = Known(Out(List(AclAction.Permit, stateful: false, Rule("no-telnet", AclAction.Reject, port: 23))));
        leaving.Pass(Web2, Tcp(A, B, OfB, OfA, 1000, 23, Syn));
        Assert.Equal((6, Rst | Ack), (leaving.Out(Web2).Single() is var reset ? reset[23] : 0, reset[47]));
        Assert.Empty(leaving.Out(Web1));
    }

    [Fact]
    public void A_full_table_refuses_new_connections_and_says_so()
    {
        using var rig = Known(Stateful() with { AclConnections = 16 });
        for (ushort port = 1; port <= 20; port++)
        {
            rig.Pass(Web1, Udp(B, A, OfA, OfB, port, 80));
        }

        Assert.Equal(16, rig.Out(Web2).Count);
        Assert.Equal(4, rig.Drops()["acl-connections-full"]);
        Assert.Equal(4, rig.Switch.Snapshot().Acl!.ConnectionsRefused);
        rig.Wait(TimeSpan.FromMinutes(3)).Pass(Web1, Udp(B, A, OfA, OfB, 99, 80));
        Assert.Single(rig.Out(Web2));
    }

    [Fact]
    public void A_reload_keeps_connections_and_counts_and_ends_what_it_does_not_permit()
    {
        using var rig = Known(Stateful());
        rig.Pass(Web1, Tcp(B, A, OfA, OfB, 1000, 80, Syn)).Pass(Web1, Tcp(B, A, OfA, OfB, 1000, 81, Syn));
        rig.Switch.Apply(Stateful(), rig.Switch.Ports);
        rig.Pass(Web2, Tcp(A, B, OfB, OfA, 80, 1000, SynAck)).Pass(Web2, Tcp(A, B, OfB, OfA, 81, 1000, SynAck));
        Assert.Equal(2, rig.Out(Web1).Count);
        Assert.Equal(4, rig.Switch.Snapshot().Acl!.Lists[0].Rules[0].Packets);

        SwitchSnapshot state = SnapshotJson.Deserialize(SnapshotJson.Serialize(rig.Switch.Snapshot()));
        Assert.Equal(TraceOutcome.Forwarded, PacketTracer.Trace(Stateful(), "web2", Tcp(A, B, OfB, OfA, 80, 1000, Ack), state).Outcome);
        PacketTrace refused = PacketTracer.Trace(Stateful(), "web2", Tcp(A, B, OfB, OfA, 82, 1000, Ack), state);
        Assert.StartsWith("VERDICT dropped by acl: acl-denied (out of port web1: list guard, its default: deny", refused.Verdict, StringComparison.Ordinal);

        rig.Switch.Apply(Stateful(first: 80, last: 80), rig.Switch.Ports);
        rig.Pass(Web2, Tcp(A, B, OfB, OfA, 80, 1000, Ack)).Pass(Web2, Tcp(A, B, OfB, OfA, 81, 1000, Ack));
        Assert.Single(rig.Out(Web1));
        using var off = new SwitchRig(Resolved());
        Assert.DoesNotContain(off.Switch.Snapshot().Stages, stage => stage.Name == "acl");
        Assert.Null(off.Switch.Snapshot().Acl);
    }

    [Fact]
    public void Several_workers_remember_connections_together()
    {
        using var rig = Known(Stateful() with { Workers = 2 });
        for (ushort port = 1000; port < 1032; port++)
        {
            rig.Pass(Web1, Tcp(B, A, OfA, OfB, port, 80, Syn)).Pass(Web2, Tcp(A, B, OfB, OfA, 80, port, SynAck)).Pass(Web2, Tcp(A, B, OfB, OfA, 82, port, SynAck));
        }

        Assert.Equal((32, 32), (rig.Out(Web2).Count, rig.Out(Web1).Count));
        Assert.Equal(32, rig.Drops()["acl-denied"]);
    }

    [Fact]
    public void Changed_and_cut_packets_are_survived_and_nothing_is_allocated()
    {
        using var rig = Known(Stateful());
        var random = new Random(815);
        byte[][] seeds = [Tcp(B, A, OfA, OfB, 1000, 80, Syn), Tcp(B, A, A6, B6, 1000, 80, Syn), Udp(B, A, OfA, OfB, 7, 80), Unreachable(B, A, OfA, OfB, Tcp(A, B, OfB, OfA, 80, 1000, Ack)), Ip(B, A, OfA, OfB, 17, new byte[8], fragment: 4)];
        for (int round = 0; round < 4_000; round++)
        {
            byte[] frame = [.. seeds[random.Next(seeds.Length)]];
            for (int change = random.Next(4); change > 0; change--)
            {
                frame[random.Next(frame.Length)] = (byte)random.Next(256);
            }

            rig.Pass(random.Next(2) == 0 ? Web1 : Web2, frame[..random.Next(14, frame.Length + 1)]);
            _ = rig.AllOut();
        }

        byte[] buffer = new byte[2000];
        Timestamp now = rig.Now;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 5_000; i++)
            {
                foreach (byte[] seed in seeds)
                {
                    rig.Link(Web1).Right.TrySend(seed, now);
                }

                now += TimeSpan.FromMilliseconds(100);
                rig.Switch.RunOnce(now);
                for (int port = 0; port <= Up0; port++)
                {
                    while (rig.Link(port).Right.TryReceive(buffer, now, out _))
                    {
                    }
                }
            }
        }));
        Assert.True(rig.Switch.Totals.Balanced);
    }

    /// <summary>Web1 may open TCP and UDP to the ports, and nobody may open anything to it.</summary>
    internal static SwitchPlan Stateful(ushort first = 80, ushort last = 81)
    {
        AccessList list = List(AclAction.Deny, stateful: true, new AclRule { Name = "web", Action = AclAction.Permit, Matches = [.. new[] { IpProtocol.Tcp, IpProtocol.Udp }.Select(protocol => new PacketRule { Protocol = protocol, DestinationPorts = [new PortRange(first, last)] })] });
        AccessList none = new("guard", [], AclAction.Deny, isStateful: true);
        return Resolved().WithPort(Web1, web => web with { Acl = new AclBinding(0, 1) }) with { AccessLists = [list, none] };
    }

    internal static SwitchPlan In(AccessList list) => Resolved().WithPort(Web1, web => web with { Acl = new AclBinding(0, -1) }) with { AccessLists = [list] };

    internal static SwitchPlan Out(AccessList list) => Resolved().WithPort(Web1, web => web with { Acl = new AclBinding(-1, 0) }) with { AccessLists = [list] };

    internal static AccessList List(AclAction otherwise, bool stateful, params AclRule[] rules) => new("list", rules, otherwise, stateful);

    internal static AclRule Rule(string name, AclAction action, ushort? port = null, string? to = null) => new()
    {
        Name = name,
        Action = action,
        Matches =
        [
            new PacketRule
            {
                Protocol = port is null ? null : IpProtocol.Tcp,
                DestinationPorts = port is ushort only ? [new PortRange(only, only)] : [],
                Destination = to is null ? null : new PrefixSet([new IPv4Prefix(IPv4Address.Parse(to), 32)], []),
            },
        ],
    };

    /// <summary>The bridge knows where A and B are.</summary>
    private static SwitchRig Known(SwitchPlan plan)
    {
        var rig = new SwitchRig(plan);
        rig.Pass(Web1, Arp(1, Broadcast, A, default, default, default)).Pass(Web2, Arp(1, Broadcast, B, default, default, default));
        _ = rig.AllOut();
        return rig;
    }
}
