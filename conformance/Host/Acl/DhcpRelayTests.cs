using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.DhcpFrames;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Machines in segment blue, a server 10.0.9.9 and 2001:db8:9::9 in segment green; the router is 10.0.0.254 and 10.0.9.1.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class DhcpRelayTests
{
    private const byte Offer = 2;
    private const uint Gateway = 0x0A0000FE;

    private static readonly MacAddress Server = MacAddress.Parse("02:00:00:00:00:99"), RouterBlue = MacAddress.Parse("02:00:00:00:00:f0"), RouterGreen = MacAddress.Parse("02:00:00:00:00:f9");
    private static readonly byte[] Information = [82, 14, 1, 9, .. "blue/web1"u8, 2, 1, .. "r"u8];

    [Fact]
    public void Rfc1542_Section4_1_1_Requests_go_to_the_server_with_the_relays_address_and_Rfc3046_where_the_client_is()
    {
        Tshark.Need();
        using var rig = new SwitchRig(Relaying());
        rig.Pass(Web1, FromClient(A, A));
        byte[] relayed = Assert.Single(rig.Out(Db));
        Assert.Equal((Server, RouterGreen), (MacAddress.Read(relayed), MacAddress.Read(relayed.AsSpan(6))));
        Assert.True(relayed.AsSpan(42).IndexOf(Information) > 0);
        using var capture = new CaptureFile([relayed]);
        Assert.Empty(Tshark.Malformed(capture.FilePath));
        Assert.Empty(Tshark.WrongChecksums(capture.FilePath));
        Assert.Equal(["10.0.0.254", "10.0.9.9", "67", "67", "10.0.0.254", "1"], Tshark.Fields(capture.FilePath, "dhcp", "ip.src", "ip.dst", "udp.srcport", "udp.dstport", "dhcp.ip.relay", "dhcp.hops")[0]);
        // A server in the segment hears it as well.
        Assert.Single(rig.Out(Web2));
        // Another host relays what comes out of a tunnel.
        rig.Pass(Up0, FromPeer(FromClient(B, B)));
        Assert.Empty(rig.Out(Db));
    }

    [Fact]
    public void Rfc1542_Section4_1_2_Answers_go_to_the_client_without_option_82()
    {
        using var rig = new SwitchRig(Relaying());
        rig.Pass(Web1, FromClient(A, A));
        _ = rig.AllOut();
        rig.Pass(Db, Answer(Information));
        byte[] given = Assert.Single(rig.Out(Web1));
        Assert.Equal((A, RouterBlue, 67, 68), (MacAddress.Read(given), MacAddress.Read(given.AsSpan(6)), given[35], given[37]));
        Assert.True(given.AsSpan(42).IndexOf(Information) < 0);
        Assert.Equal((Gateway, 0x0A000005u), (IPv4Address.Read(given.AsSpan(26)).Value, IPv4Address.Read(given.AsSpan(30)).Value));
        using var capture = new CaptureFile([given]);
        Assert.Empty(Tshark.Malformed(capture.FilePath) + Tshark.WrongChecksums(capture.FilePath));
        rig.Pass(Db, Answer(Information, broadcast: true));
        Assert.Equal((Broadcast, uint.MaxValue), (MacAddress.Read(rig.Out(Web1)[0]), uint.MaxValue));
        // Answers for others are no business of the router.
        rig.Pass(Db, Answer(Information, relay: 0x0A0000FD)).Pass(Db, Answer([82, 200]));
        Assert.Empty(rig.Out(Web1));
        Assert.Equal(2, rig.Drops()["route-service-missing"]);
        rig.Switch.Apply(Relaying(), rig.Switch.Ports);
        DhcpRelaySnapshot shown = Assert.Single(rig.Switch.Snapshot().DhcpRelays);
        Assert.Equal(("r", "blue", 1, 2), (shown.Router, shown.Segment, shown.Requests, shown.Replies));
    }

    [Fact]
    public void Rfc3527_Servers_answer_to_another_address_and_choose_from_the_clients_link()
    {
        using var rig = new SwitchRig(Relaying(relay => relay with { Source = new TunnelAddress(IPv4Address.Parse("10.0.9.1")) }));
        rig.Pass(Web1, FromClient(A, A));
        byte[] relayed = Assert.Single(rig.Out(Db));
        byte[] selection = [5, 4, 10, 0, 0, 254];
        Assert.Equal(0x0A000901u, IPv4Address.Read(relayed.AsSpan(42 + 24)).Value);
        Assert.True(relayed.AsSpan(42).IndexOf(selection) > 0);
        rig.Pass(Db, Answer([82, 6, .. selection], relay: 0x0A000901, to: 0x0A000901));
        Assert.Single(rig.Out(Web1));
        rig.Pass(Db, Answer([82, 6, 5, 4, 10, 0, 1, 254], relay: 0x0A000901, to: 0x0A000901));
        Assert.Empty(rig.Out(Web1));
    }

    [Fact]
    public void Rfc8415_Section19_Messages_go_wrapped_and_come_back_unwrapped()
    {
        Tshark.Need();
        using var rig = new SwitchRig(Relaying());
        byte[] solicit = [1, 1, 2, 3, 0, 1, 0, 10, 0, 3, 0, 1, 2, 0, 0, 0, 0, 10];
        rig.Pass(Web1, Udp6(MacAddress.Parse("33:33:00:01:00:02"), A, "fe80::a", "ff02::1:2", 546, 547, solicit));
        byte[] relayed = Assert.Single(rig.Out(Db));
        using var capture = new CaptureFile([relayed]);
        Assert.Empty(Tshark.Malformed(capture.FilePath) + Tshark.WrongChecksums(capture.FilePath));
        Assert.Equal(["12,1", "0", "2001:db8::fe", "fe80::a", "2001:db8:9::9"], Tshark.Fields(capture.FilePath, "dhcpv6", "dhcpv6.msgtype", "dhcpv6.hopcount", "dhcpv6.linkaddr", "dhcpv6.peeraddr", "ipv6.dst")[0]);
        byte[] wrapped = relayed[62..];
        wrapped[0] = 13;
        rig.Pass(Db, Udp6(RouterGreen, Server, "2001:db8:9::9", "2001:db8:9::1", 547, 547, wrapped));
        // The router asks for the machine's MAC address first.
        byte[] asked = Assert.Single(rig.Out(Web1));
        Assert.Equal(135, asked[54]);
        wrapped[^(solicit.Length + 6)] ^= 1;
        wrapped[^(solicit.Length + 5)] ^= 1;
        rig.Pass(Db, Udp6(RouterGreen, Server, "2001:db8:9::9", "2001:db8:9::1", 547, 547, wrapped[..40]));
        Assert.Equal(1, rig.Drops()["route-service-missing"]);
    }

    [Fact]
    public void Forged_relays_long_ways_and_floods_are_refused_and_counted()
    {
        using var rig = new SwitchRig(Relaying(relay => relay with { PerSecond = 10 }));
        rig.Pass(Web1, FromClient(A, A, relay: Gateway)).Pass(Web1, FromClient(A, A, relay: 0x0A000001)).Pass(Web1, FromClient(A, A, more: [82, 2, 1, 0])).Pass(Web1, FromClient(A, A, more: [12, 200, 1]));
        byte[] far = FromClient(A, A);
        far[45] = 4;
        rig.Pass(Web1, far);
        Assert.Empty(rig.Out(Db));
        Assert.Equal(5, rig.Switch.Snapshot().DhcpRelays[0].Refused);
        for (int i = 0; i < 20; i++)
        {
            rig.Pass(Web1, FromClient(A, A));
        }

        Assert.Equal(5, rig.Out(Db).Count);
        using var trusting = new SwitchRig(Relaying(relay => relay with { TrustsRelays = true }));
        trusting.Pass(Web1, FromClient(A, A, relay: 0x0A000001)).Pass(Web1, FromClient(A, A, relay: Gateway));
        Assert.Equal(0x0A000001u, IPv4Address.Read(Assert.Single(trusting.Out(Db)).AsSpan(42 + 24)).Value);
        Assert.Contains(PacketTracer.Trace(Relaying(), "web1", FromClient(A, A, relay: Gateway)).Lines, line => line.Text.Contains("spoofed", StringComparison.Ordinal));
    }

    [Fact]
    public void The_guard_learns_from_relayed_answers()
    {
        using var rig = new SwitchRig(Relaying().WithPort(Web1, web => web with { Guard = new PortGuardPlan { Snoops = true, ChecksSources = true } }));
        rig.Pass(Web1, FromClient(A, A)).Pass(Db, Answer(Information, type: 5));
        Assert.Equal("10.0.0.5", Assert.Single(rig.Switch.Snapshot().Guard!.Bindings).Address.ToString());
    }

    [Fact]
    public void Changed_and_cut_messages_are_survived_by_one_worker_and_by_two_and_nothing_is_allocated()
    {
        foreach (int workers in (int[])[1, 2])
        {
            using var rig = new SwitchRig(Relaying(relay => relay with { PerSecond = 100_000 }) with { Workers = workers });
            var random = new Random(817);
            byte[][] seeds = [FromClient(A, A), Udp6(Broadcast, A, "fe80::a", "ff02::1:2", 546, 547, 1, 1, 2, 3)], answers = [Answer(Information), Udp6(RouterGreen, Server, "2001:db8:9::9", "2001:db8:9::1", 547, 547, [13, .. new byte[60]])];
            for (int round = 0; round < 2_000; round++)
            {
                bool asks = random.Next(2) == 0;
                byte[] frame = [.. (asks ? seeds : answers)[random.Next(2)]];
                for (int change = random.Next(5); change > 0; change--)
                {
                    frame[random.Next(14, frame.Length)] = (byte)random.Next(256);
                }

                rig.Pass(asks ? Web1 : Db, frame[..random.Next(14, frame.Length + 1)]);
                _ = rig.AllOut();
            }
        }

        using var calm = new SwitchRig(Relaying());
        byte[] asked = FromClient(A, A), given = Answer(Information), buffer = new byte[2000];
        Timestamp now = calm.Now;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 5_000; i++)
            {
                calm.Link(Web1).Right.TrySend(asked, now);
                calm.Link(Db).Right.TrySend(given, now);
                now += TimeSpan.FromMilliseconds(20);
                calm.Switch.RunOnce(now);
                for (int port = 0; port <= Up0; port++)
                {
                    while (calm.Link(port).Right.TryReceive(buffer, now, out _))
                    {
                    }
                }
            }
        }));
        Assert.True(calm.Switch.Totals.Balanced);
    }

    private static SwitchPlan Relaying(Func<DhcpRelayPlan, DhcpRelayPlan>? change = null)
    {
        var relay = new DhcpRelayPlan { Servers = [Address("10.0.9.9"), Address("2001:db8:9::9")] };
        return Resolved() with
        {
            Routers =
            [
                new RouterPlan
                {
                    Name = "r",
                    Interfaces =
                    [
                        new RouterInterfacePlan { Segment = 0, Mac = RouterBlue, MtuBytes = 1500, Addresses = [new NetworkAddress(Address("10.0.0.254"), 24), new NetworkAddress(Address("2001:db8::fe"), 64)], DhcpRelay = change is null ? relay : change(relay) },
                        new RouterInterfacePlan { Segment = 1, Mac = RouterGreen, MtuBytes = 1500, Addresses = [new NetworkAddress(Address("10.0.9.1"), 24), new NetworkAddress(Address("2001:db8:9::1"), 64)], StaticNeighbors = new Dictionary<TunnelAddress, MacAddress> { [Address("10.0.9.9")] = Server, [Address("2001:db8:9::9")] = Server } },
                    ],
                },
            ],
        };
    }

    private static TunnelAddress Address(string text) => TunnelAddress.TryParse(text, out TunnelAddress address) ? address : throw new FormatException(text);

    /// <summary>A server's answer to the relay: it gives 10.0.0.5 to A.</summary>
    private static byte[] Answer(byte[] information, uint relay = Gateway, uint to = Gateway, bool broadcast = false, byte type = Offer)
    {
        byte[] message = FromServer(Server, A, IPv4Address.Parse("10.0.0.5"), 60, type)[42..];
        IPv4Address.Parse("0.0.0.0").Write(message.AsSpan(12));
        new IPv4Address(relay).Write(message.AsSpan(24));
        message[10] = (byte)(broadcast ? 0x80 : 0);
        byte[] frame = Udp4(Server, 0x0A000909, to, 67, 67, [.. message[..^1], .. information, 255]);
        RouterGreen.Write(frame);
        return frame;
    }
}
