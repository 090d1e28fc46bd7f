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

/// <summary>Copies of web1's frames for a monitor in the place of db, or for a collector 10.0.9.9 behind a router in segment green.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class MirrorTests
{
    private const string OfA = "10.0.0.1", OfB = "10.0.0.2";

    private static readonly MacAddress Collector = MacAddress.Parse("02:00:00:00:00:99");

    [Fact]
    public void A_monitor_gets_what_comes_and_what_leaves_as_it_is_and_nothing_else()
    {
        using var rig = new SwitchRig(Local(new MirrorPlan { Name = "m", Ports = [Web1], To = Db }));
        byte[] sent = Udp(Broadcast, A, OfA, OfB, 1, 2), received = Udp(A, B, OfB, OfA, 2, 1), other = Udp(B, C, "10.0.0.3", OfB, 2, 1);
        rig.Pass(Web1, sent).Pass(Web2, received).Pass(Trunk, Tagged(other, 10));
        Assert.Equal([sent, received], rig.Out(Db));
        Assert.Equal([received], rig.Out(Web1));
        // Nobody behind a monitor takes part.
        rig.Pass(Db, Udp(Broadcast, C, OfA, OfB, 1, 2));
        Assert.Equal(1, rig.Drops()["untagged-refused"]);
        MirrorSnapshot shown = Assert.Single(rig.Switch.Snapshot().Mirrors);
        Assert.Equal(("m", "port db", 2), (shown.Name, shown.To, shown.Copied));
    }

    [Fact]
    public void Direction_filter_length_rate_and_segments_are_kept_to()
    {
        var udp = new AccessList("udp", [new AclRule { Name = "u", Action = AclAction.Permit, Matches = [new PacketRule { Protocol = IpProtocol.Udp }] }], AclAction.Deny, isStateful: false);
        using var rig = new SwitchRig(Local(new MirrorPlan { Name = "m", Segments = [0], Direction = MirrorDirection.In, Filter = 0, SnapBytes = 64, PacketsPerSecond = 10, To = Db }) with { AccessLists = [udp] });
        rig.Pass(Web1, Udp(Broadcast, A, OfA, OfB, 1, 2, payload: 100)).Pass(Web1, Tcp(Broadcast, A, OfA, OfB, 1, 2, Syn)).Pass(Up0, FromPeer(Udp(A, C, "10.0.0.3", OfA, 1, 2))).Pass(Trunk, Tagged(Udp(A, B, OfB, OfA, 1, 2), 20));
        Assert.Equal([64], rig.Out(Db).Select(frame => frame.Length));
        Assert.Equal(1, rig.Drops()["mirror-limited"]);
        _ = Assert.Single(rig.Wait(TimeSpan.FromSeconds(1)).Pass(Up0, FromPeer(Udp(A, C, "10.0.0.3", OfA, 1, 2))).Out(Db));
        Assert.Equal((3, 1), (rig.Switch.Snapshot().Mirrors[0].Copied, rig.Switch.Snapshot().Mirrors[0].Limited));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Erspan_is_read_by_tshark_as_it_was_meant(int type)
    {
        Tshark.Need();
        using var rig = new SwitchRig(Remote(type));
        byte[] first = Udp(Broadcast, A, OfA, OfB, 9998, 9999), second = Tagged(Udp(B, C, "10.0.0.3", OfB, 9998, 9999, payload: 200), 3 << 13 | 10);
        rig.Pass(Web1, first).Pass(Trunk, second);
        List<byte[]> copies = [.. rig.Out(Db).Where(frame => frame[23] == 47)];
        Assert.Equal(2, copies.Count);
        Assert.All(copies, copy => Assert.Equal(Collector, MacAddress.Read(copy)));
        using var capture = new CaptureFile(copies);
        // A cut packet is malformed to whoever reads on behind its end.
        using var whole = new CaptureFile([copies[0]]);
        Assert.Empty(Tshark.Malformed(whole.FilePath));
        IReadOnlyList<string[]> said = Tshark.Fields(capture.FilePath, "erspan", "gre.proto", "gre.sequence_number", "erspan.version", "erspan.vlan", "erspan.cos", "erspan.spanid", "erspan.truncated", "ip.src", "ip.dst", "ip.dsfield.dscp", "udp.dstport");
        Assert.Equal([type == 2 ? "0x88be" : "0x22eb", "0", type == 2 ? "1" : "2", "10", "0", "77", "0", $"10.0.9.1,{OfA}", $"10.0.9.9,{OfB}", "46,0", "9999"], Normal(said[0]));
        Assert.Equal(["1", "10", "3", "77", "1"], Normal(said[1])[1..7].Where((_, at) => at != 1));
        // The next ones go on counting after a reload.
        rig.Switch.Apply(rig.Switch.Plan, rig.Switch.Ports);
        rig.Pass(Web1, first);
        using var later = new CaptureFile([.. rig.Out(Db).Where(frame => frame[23] == 47)]);
        Assert.Equal("2", Tshark.Fields(later.FilePath, "erspan", "gre.sequence_number")[0][0]);
    }

    [Fact]
    public void A_mirror_is_never_mirrored()
    {
        // The segment that the collector is in is mirrored, too: each copy would be copied for ever.
        using var rig = new SwitchRig(Remote(2) with { Mirrors = [.. Remote(2).Mirrors, Remote(2).Mirrors[0] with { Name = "all", Segments = [0, 1], Ports = [Db] }] });
        rig.Pass(Web1, Udp(Broadcast, A, OfA, OfB, 9998, 9999));
        int copies = rig.Out(Db).Count(frame => frame[23] == 47);
        Assert.InRange(copies, 2, 6);
        byte[] erspan = [.. new byte[4], 0x10, 0, 0x88, 0xBE, .. new byte[40]];
        long before = rig.Switch.Snapshot().Mirrors.Sum(mirror => mirror.Copied);
        rig.Pass(Web1, Ip(Broadcast, A, OfA, OfB, 47, erspan[4..]));
        Assert.Equal(before, rig.Switch.Snapshot().Mirrors.Sum(mirror => mirror.Copied));
    }

    [Fact]
    public void Without_buffers_frames_go_before_copies_and_several_workers_number_one_session()
    {
        using var rig = new SwitchRig(Remote(2) with { Workers = 2 });
        for (ushort port = 1; port <= 40; port++)
        {
            rig.Pass(Web1, Udp(Broadcast, A, OfA, OfB, port, 53));
        }

        List<byte[]> copies = [.. rig.Out(Db).Where(frame => frame[23] == 47)];
        Assert.Equal(40, copies.Count);
        Assert.Equal(Enumerable.Range(0, 40), copies.Select(copy => copy[41] | copy[40] << 8).Order());

        using var small = new SwitchRig(Local([.. Enumerable.Range(0, 32).Select(mirror => new MirrorPlan { Name = $"m{mirror}", Ports = [Web1], Direction = MirrorDirection.In, To = Db })]) with { PoolBuffers = 64, VectorSize = 32 });
        for (int frame = 0; frame < 32; frame++)
        {
            small.Send(Web1, Udp(Broadcast, A, OfA, OfB, 1, 2));
        }

        small.Run();
        Assert.Equal(32, small.Out(Web2).Count);
        Assert.True(small.Switch.Snapshot().Mirrors.Sum(mirror => mirror.Missed) > 0);
    }

    internal static SwitchPlan Local(params MirrorPlan[] mirrors) => Resolved().WithPort(Db, db => db with { Role = PortRole.Monitor, NativeVlan = 0 }) with { Mirrors = mirrors };

    private static SwitchPlan Remote(int type) => Resolved() with
    {
        Routers =
        [
            new RouterPlan
            {
                Name = "r",
                Interfaces =
                [
                    new RouterInterfacePlan { Segment = 1, Mac = MacAddress.Parse("02:00:00:00:00:fd"), MtuBytes = 1500, Addresses = [new NetworkAddress(new TunnelAddress(IPv4Address.Parse("10.0.9.1")), 24)], StaticNeighbors = new Dictionary<TunnelAddress, MacAddress> { [new TunnelAddress(IPv4Address.Parse("10.0.9.9"))] = Collector } },
                ],
            },
        ],
        Mirrors =
        [
            new MirrorPlan
            {
                Name = "remote",
                Ports = [Web1, Trunk],
                Direction = MirrorDirection.In,
                SnapBytes = 128,
                Router = 0,
                Erspan = new ErspanOptions { Source = Mapped("10.0.9.1"), Destination = Mapped("10.0.9.9"), IsIPv4 = true, Session = 77, Type = type, Dscp = 46 },
            },
        ],
    };

    private static IPv6Address Mapped(string address) => IPv6Address.MapIPv4(IPv4Address.Parse(address));

    private static string[] Normal(string[] values) => [.. values.Select(value => value switch { "False" => "0", "True" => "1", _ => value })];
}
