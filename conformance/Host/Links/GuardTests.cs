using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.DhcpFrames;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Machines are held to the addresses that DHCP gave them: web1 is guarded, the server is behind web2 or a tunnel.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class GuardTests
{
    private static readonly IPv4Address Given = IPv4Address.Parse("10.0.0.5");

    [Fact]
    public void Rfc2131_Section3_1_What_a_server_gives_to_a_client_is_the_clients_until_the_lease_ends()
    {
        using var rig = new SwitchRig(Guarded());
        rig.Pass(Web1, Ip(A, "10.0.0.5"));
        Assert.Equal(1, rig.Drops()["guard-source"]);
        Lease(rig);
        rig.Out(Web2).Clear();
        rig.Pass(Web1, Ip(A, "10.0.0.5"));
        Assert.Single(rig.Out(Web2));
        rig.Pass(Web1, Ip(A, "10.0.0.6")).Pass(Web1, Ip(C, "10.0.0.5"));
        Assert.Equal(3, rig.Drops()["guard-source"]);
        GuardBindingSnapshot shown = Assert.Single(rig.Switch.Snapshot().Guard!.Bindings);
        Assert.Equal(("web1", "blue", "10.0.0.5", A, false), (shown.Port, shown.Segment, shown.Address.ToString(), shown.Mac, shown.IsStatic));
        rig.Wait(TimeSpan.FromSeconds(3601)).Pass(Web1, Ip(A, "10.0.0.5"));
        Assert.Equal(4, rig.Drops()["guard-source"]);
        Assert.Empty(rig.Switch.Snapshot().Guard!.Bindings);
    }

    [Fact]
    public void Rfc2131_Section4_4_6_A_client_gives_its_address_back_and_nobody_else_can()
    {
        using var rig = new SwitchRig(Guarded());
        Lease(rig);
        rig.Pass(Web1, FromClient(C, C, Release, Given.Value));
        Assert.Single(rig.Switch.Snapshot().Guard!.Bindings);
        rig.Pass(Web1, FromClient(A, A, Release, Given.Value));
        Assert.Empty(rig.Switch.Snapshot().Guard!.Bindings);
        Assert.Equal(1, rig.Switch.Snapshot().Guard!.Released);
    }

    [Fact]
    public void Servers_relays_forgers_and_floods_behind_a_port_for_clients_are_refused()
    {
        using var rig = new SwitchRig(Guarded());
        rig.Pass(Web1, FromServer(A, B, Given, 3600));
        Assert.Equal(1, rig.Drops()["guard-dhcp-server"]);
        rig.Pass(Web1, FromClient(A, C))
            .Pass(Web1, FromClient(A, A, relay: 0x0A000001))
            .Pass(Web1, FromClient(A, A, more: [82, 2, 1, 0]))
            .Pass(Web1, FromClient(A, A, more: [12, 200, 1]));
        Assert.Equal(4, rig.Drops()["guard-dhcp-client"]);
        for (int i = 0; i < 30; i++)
        {
            rig.Pass(Web1, FromClient(A, A));
        }

        Assert.Equal(19, rig.Drops()["guard-dhcp-rate"]);
        // A server that answers somebody who never asked binds nothing.
        rig.Pass(Web2, FromServer(B, C, Given, 3600));
        Assert.Empty(rig.Switch.Snapshot().Guard!.Bindings);
    }

    [Fact]
    public void Frames_of_segments_without_a_guarded_port_do_not_meet_the_guard()
    {
        using var rig = new SwitchRig(Guarded());
        rig.Pass(Db, Ip(B, "10.0.0.7")).Pass(Db, Ip(B, "10.0.0.7"));
        Assert.Equal(0, rig.Switch.Workers[0].Graph.Meters[(int)StageId.Guard].Packets);
        // Those that a server may be behind do, and the guarded port itself.
        rig.Pass(Web2, Ip(B, "10.0.0.8")).Pass(Trunk, Ip(B, "10.0.0.8")).Pass(Web1, Ip(A, "10.0.0.8"));
        Assert.Equal(3, rig.Switch.Workers[0].Graph.Meters[(int)StageId.Guard].Packets);
    }

    [Fact]
    public void Arp_is_held_to_the_same_addresses_and_probes_pass()
    {
        using var rig = new SwitchRig(Guarded());
        Lease(rig);
        IPv4Address other = IPv4Address.Parse("10.0.0.9");
        _ = rig.Out(Web2);
        rig.Pass(Web1, Arp(1, Broadcast, A, Given, default, other)).Pass(Web1, Arp(1, Broadcast, A, IPv4Address.Any, default, other));
        Assert.Equal(2, rig.Out(Web2).Count);
        byte[] forged = Arp(1, Broadcast, C, Given, default, other);
        A.Write(forged.AsSpan(6));
        rig.Pass(Web1, Arp(1, Broadcast, A, other, default, Given)).Pass(Web1, forged);
        Assert.Equal(2, rig.Drops()["guard-neighbor"]);
    }

    [Fact]
    public void Rfc8415_Section18_2_10_Addresses_of_a_Reply_are_the_clients_and_Rfc6105_routers_are_refused()
    {
        using var rig = new SwitchRig(Guarded());
        rig.Pass(Web1, Udp6(Broadcast, A, "fe80::a", "ff02::1:2", 546, 547, 1, 1, 2, 3));
        rig.Pass(Web2, Udp6(A, B, "fe80::b", "fe80::a", 547, 546, Reply6("2001:db8::5", 600)));
        Assert.Equal("2001:db8::5", Assert.Single(rig.Switch.Snapshot().Guard!.Bindings).Address.ToString());
        _ = rig.Out(Web2);
        rig.Pass(Web1, Udp6(B, A, "2001:db8::5", "2001:db8::9", 9, 9)).Pass(Web1, Icmp6(A, "fe80::a", 136, "2001:db8::5"));
        Assert.Equal(2, rig.Out(Web2).Count);
        rig.Pass(Web1, Udp6(B, A, "2001:db8::6", "2001:db8::9", 9, 9));
        Assert.Equal(1, rig.Drops()["guard-source"]);
        rig.Pass(Web1, Icmp6(A, "fe80::a", 136, "2001:db8::9"));
        Assert.Equal(1, rig.Drops()["guard-neighbor"]);
        rig.Pass(Web1, Icmp6(A, "fe80::a", 134));
        Assert.Equal(1, rig.Drops()["guard-router"]);
    }

    [Fact]
    public void A_server_behind_a_tunnel_is_heard_and_configured_addresses_need_none()
    {
        using var rig = new SwitchRig(Guarded());
        rig.Pass(Web1, FromClient(A, A)).Pass(Up0, FromPeer(FromServer(B, A, Given, 3600)));
        Assert.Equal("10.0.0.5", Assert.Single(rig.Switch.Snapshot().Guard!.Bindings).Address.ToString());

        using var fixedOnes = new SwitchRig(Resolved().WithPort(Web1, web => web with { Guard = new PortGuardPlan { ChecksSources = true, Addresses = [new TunnelAddress(Given)] } }));
        fixedOnes.Pass(Web1, Ip(A, "10.0.0.5")).Pass(Web1, Ip(C, "10.0.0.5")).Pass(Web1, Ip(A, "10.0.0.6"));
        Assert.Equal(2, fixedOnes.Out(Web2).Count);
        Assert.Equal(1, fixedOnes.Drops()["guard-source"]);
    }

    [Fact]
    public void A_reload_keeps_leases_a_trace_knows_them_and_an_unguarded_switch_has_no_such_stage()
    {
        using var rig = new SwitchRig(Guarded());
        Lease(rig);
        rig.Switch.Apply(Guarded().With(0, blue => blue with { Ageing = TimeSpan.FromSeconds(20) }), rig.Switch.Ports);
        Assert.Equal(A, Assert.Single(rig.Switch.Snapshot().Guard!.Bindings).Mac);
        SwitchSnapshot state = SnapshotJson.Deserialize(SnapshotJson.Serialize(rig.Switch.Snapshot()));
        Assert.Equal(TraceOutcome.Forwarded, PacketTracer.Trace(Guarded(), "web1", Ip(A, "10.0.0.5"), state).Outcome);
        Assert.StartsWith("VERDICT dropped by guard: guard-source", PacketTracer.Trace(Guarded(), "web1", Ip(A, "10.0.0.6"), state).Verdict, StringComparison.Ordinal);
        using var off = new SwitchRig(Resolved());
        Assert.DoesNotContain(off.Switch.Snapshot().Stages, stage => stage.Name == "guard");
    }

    [Fact]
    public void Changed_and_cut_messages_are_survived_and_nothing_is_allocated()
    {
        using var rig = new SwitchRig(Guarded());
        var random = new Random(4711);
        byte[][] seeds = [FromClient(A, A), Udp6(Broadcast, A, "fe80::a", "ff02::1:2", 546, 547, 1, 1, 2, 3), Icmp6(A, "fe80::a", 136, "2001:db8::5"), Arp(1, Broadcast, A, Given, default, Given)];
        byte[][] answers = [FromServer(B, A, Given, 3600), Udp6(A, B, "fe80::b", "fe80::a", 547, 546, Reply6("2001:db8::5", 600))];
        for (int round = 0; round < 4_000; round++)
        {
            bool asks = random.Next(2) == 0;
            byte[] frame = [.. (asks ? seeds : answers)[random.Next(asks ? seeds.Length : answers.Length)]];
            for (int change = random.Next(4); change > 0; change--)
            {
                frame[random.Next(frame.Length)] = (byte)random.Next(256);
            }

            rig.Pass(asks ? Web1 : Web2, frame[..random.Next(14, frame.Length + 1)]);
            _ = rig.AllOut();
            rig.Wait(TimeSpan.FromMilliseconds(20));
        }

        byte[] asked = FromClient(A, A), given = FromServer(B, A, Given, 60), good = Ip(A, "10.0.0.5"), bad = Ip(A, "10.0.0.6"), buffer = new byte[2000];
        Timestamp now = rig.Now;
        long allocated = Allocations.Of(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                rig.Link(Web1).Right.TrySend((i & 3) == 0 ? asked : (i & 1) == 0 ? good : bad, now);
                rig.Link(Web2).Right.TrySend(given, now);
                now += TimeSpan.FromMilliseconds(100);
                rig.Switch.RunOnce(now);
                for (int port = 0; port <= Up0; port++)
                {
                    while (rig.Link(port).Right.TryReceive(buffer, now, out _))
                    {
                    }
                }
            }
        });
        Assert.Equal(0, allocated);
        Assert.True(rig.Switch.Totals.Balanced);
    }

    /// <summary>Clients alone at web1, held to their addresses.</summary>
    internal static SwitchPlan Guarded() => Resolved().WithPort(Web1, web => web with { Guard = new PortGuardPlan { Snoops = true, ChecksSources = true } });

    internal static byte[] Ip(MacAddress source, string from) => Udp4(source, IPv4Address.Parse(from).Value, 0x0A000009, 9, 9, new byte[20]);

    private static void Lease(SwitchRig rig) => rig.Pass(Web1, FromClient(A, A)).Pass(Web2, FromServer(B, A, Given, 3600));
}
