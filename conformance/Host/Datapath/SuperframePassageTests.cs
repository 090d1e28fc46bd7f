using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.PortsTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports.Offload;

namespace Weft.Conformance.HostTests;

/// <summary>Superframes pass the switch whole where nobody needs frames, and are what they would have been as frames where somebody does.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class SuperframePassageTests
{
    private static readonly MacAddress Sender = MacAddress.Parse("02:00:00:00:00:01");
    private static readonly MacAddress Receiver = MacAddress.Parse("02:00:00:00:00:02");

    [Fact]
    public void Between_ports_that_take_them_nothing_is_cut_or_changed()
    {
        using Bed bed = new(TestPlans.Resolved());
        bed.Learn(TestPlans.Web2, Receiver);
        byte[] bytes = SuperframeTests.Build(Shape(40_000), out VirtioNetHeader header);
        bed.Ports[TestPlans.Web1].Arrive(bytes, header);
        bed.Run();
        (byte[] sent, VirtioNetHeader described) = Assert.Single(bed.Ports[TestPlans.Web2].Whole);
        Assert.Equal(bytes, sent);
        Assert.Equal((header.GsoSize, header.ChecksumStart, header.ChecksumOffset, header.RawGsoType, header.Flags), (described.GsoSize, described.ChecksumStart, described.ChecksumOffset, described.RawGsoType, described.Flags));
        Assert.Equal((1, 1), (bed.Ports[TestPlans.Web1].Counters.ReceivedFrames, bed.Ports[TestPlans.Web2].Counters.SentFrames));
    }

    [Theory]
    [InlineData("mirror")]
    [InlineData("storm")]
    public void Where_frames_are_counted_or_copied_they_are_cut_first(string why)
    {
        SwitchPlan plan = why == "storm"
            ? TestPlans.Resolved().WithPort(TestPlans.Web1, port => port with { Storm = new Weft.Bridge.StormLimits { UnknownUnicast = 1000 } })
            : TestPlans.Resolved().WithPort(TestPlans.Db, port => port with { Role = PortRole.Monitor }) with { Mirrors = [new MirrorPlan { Name = "m", Ports = [TestPlans.Web1], To = TestPlans.Db }] };
        using Bed bed = new(plan);
        bed.Learn(TestPlans.Web2, Receiver);
        byte[] bytes = SuperframeTests.Build(Shape(40_000), out VirtioNetHeader header);
        bed.Ports[TestPlans.Web1].Arrive(bytes, header);
        bed.Run();
        Assert.Empty(bed.Ports[TestPlans.Web2].Whole);
        Assert.Equal(SuperframeTests.Cut(bytes, header).Select(Convert.ToHexString), bed.Ports[TestPlans.Web2].Frames.Select(Convert.ToHexString));
        Assert.True(why == "storm" || bed.Ports[TestPlans.Db].Frames.Count == bed.Ports[TestPlans.Web2].Frames.Count);
    }

    [Fact]
    public void Every_receiver_gets_the_same_stream_whatever_it_takes_and_the_books_balance() =>
        Prop.ForAll(Cases(), test =>
        {
            using Bed bed = new(TestPlans.Resolved() with { Workers = test.Workers }, test.Takes);
            if (!test.Floods)
            {
                bed.Learn(test.To, Receiver);
            }

            List<byte[]> expected = [];
            for (int i = 0; i < test.Count; i++)
            {
                byte[] bytes = SuperframeTests.Build(test.Shape with { Payload = test.Shape.Payload + i }, out VirtioNetHeader header);
                bed.Ports[TestPlans.Web1].Arrive(bytes, header);
                expected.AddRange(SuperframeTests.Cut(bytes, header));
            }

            bed.Run();
            foreach (int port in test.Floods ? [TestPlans.Web2, TestPlans.Trunk] : new[] { test.To })
            {
                // A trunk has them tagged.
                IEnumerable<byte[]> wanted = expected.Select<byte[], byte[]>(frame => port == TestPlans.Trunk ? [.. frame[..12], 0x81, 0, 0, 10, .. frame[12..]] : frame);
                Assert.Equal(ByFlow(wanted, test.Shape), ByFlow(bed.Ports[port].Whole.SelectMany(whole => SuperframeTests.Cut(whole.Bytes, whole.Header)).Concat(bed.Ports[port].Frames), test.Shape));
                Assert.True(bed.Takes(port) ? bed.Ports[port].Frames.Count == 0 : bed.Ports[port].Whole.Count == 0);
            }

            // What goes into a tunnel is cut in front of it, or goes as superframes of datagrams: both peers get every frame, in order, inside.
            IEnumerable<byte[]> tunnelled = bed.Ports[TestPlans.Up0].Whole.SelectMany(whole => SuperframeTests.Cut(whole.Bytes, whole.Header)).Concat(bed.Ports[TestPlans.Up0].Frames).Where(frame => frame.AsSpan(0, 6).SequenceEqual(Bytes(TestPlans.PeerMac))).Select(frame => frame[50..]);
            Assert.Equal(ByFlow(test.Floods ? expected : [], test.Shape), ByFlow(tunnelled, test.Shape));
        }).Check(Chance.Of(100).WithQuietOnSuccess(true));

    [Fact]
    public void Without_buffers_for_the_frames_a_superframe_is_dropped_and_counted()
    {
        using Bed bed = new(TestPlans.Resolved() with { PoolBuffers = 32 }, takes: false);
        bed.Learn(TestPlans.Web2, Receiver);
        bed.Ports[TestPlans.Web1].Arrive(SuperframeTests.Build(Shape(50_000), out VirtioNetHeader header), header);
        bed.Run();
        Assert.Empty(bed.Ports[TestPlans.Web2].Frames);
        Assert.Equal(1, bed.Switch.Snapshot(SnapshotParts.None).Drops.Where(drop => drop.Reason == "pool-exhausted").Sum(drop => drop.Packets));
    }

    [Fact]
    public void Frames_of_a_superframe_longer_than_the_MTU_of_a_port_are_not_sent()
    {
        using Bed bed = new(TestPlans.Resolved().WithPort(TestPlans.Web2, port => port with { MtuBytes = 1000 }));
        bed.Learn(TestPlans.Web2, Receiver);
        bed.Ports[TestPlans.Web1].Arrive(SuperframeTests.Build(Shape(5_000), out VirtioNetHeader header), header);
        bed.Run();
        Assert.Empty(bed.Ports[TestPlans.Web2].Whole);
    }

    /// <summary>The frames of each connection in their order; that between connections is nobody's concern when there are several workers.</summary>
    private static List<string> ByFlow(IEnumerable<byte[]> frames, SuperframeTests.Shape shape) =>
        [.. frames.GroupBy(frame => Convert.ToHexString(frame.AsSpan((shape.IsV6 ? 54 : 34) + (frame[12] == 0x81 ? 4 : 0), 4))).OrderBy(flow => flow.Key).Select(flow => string.Join(' ', flow.Select(Convert.ToHexString)))];

    private static byte[] Bytes(MacAddress mac)
    {
        byte[] bytes = new byte[MacAddress.Length];
        mac.Write(bytes);
        return bytes;
    }

    private static SuperframeTests.Shape Shape(int payload) => new(false, false, 0, SuperframeTests.Tunnel.None, false, payload, 1448, 0x18);

    private static Arbitrary<Case> Cases()
    {
        Gen<Case> cases =
            from workers in Gen.Choose(1, 2)
            from takes in Gen.Elements(true, false)
            from floods in Gen.Elements(true, false)
            from to in Gen.Elements(TestPlans.Web2, TestPlans.Trunk)
            from count in Gen.Choose(1, 5)
            from isV6 in Gen.Elements(true, false)
            from payload in Gen.Choose(1, 20_000)
            from segment in Gen.Choose(1000, 1400)
            from flags in Gen.Choose(0, 255)
            select new Case(workers, takes, floods, to, count, new SuperframeTests.Shape(isV6, false, 0, SuperframeTests.Tunnel.None, false, payload, segment, (byte)flags));
        return Arb.From(cases, test => new[] { test with { Workers = 1 }, test with { Count = 1 }, test with { Floods = false }, test with { Shape = test.Shape with { Payload = (test.Shape.Payload + 1) / 2 } } }.Where(smaller => smaller != test));
    }

    /// <summary>One run.</summary>
    public sealed record Case(int Workers, bool Takes, bool Floods, int To, int Count, SuperframeTests.Shape Shape);

    /// <summary>A switch between such ports.</summary>
    private sealed class Bed : IDisposable
    {
        private readonly bool _takes;

        public Bed(SwitchPlan plan, bool takes = true)
        {
            _takes = takes;
            Ports = [.. plan.Ports.Select((port, index) => new SuperframePort(port.Name, Takes(index)))];
            Switch = new Switch(plan, Ports, new SwitchOptions { Seed = SwitchRig.Seed, Start = Timestamp.FromSeconds(1000) });
        }

        public SuperframePort[] Ports { get; }

        public Switch Switch { get; }

        /// <summary>The trunk is always the other kind than web2.</summary>
        public bool Takes(int port) => port == TestPlans.Trunk ? !_takes : _takes;

        /// <summary>Has the switch know where an address is.</summary>
        public void Learn(int port, MacAddress address)
        {
            byte[] frame = new byte[64];
            _ = new EthernetHeader { Destination = Sender, Source = address, EtherType = EtherType.Experimental1 }.Write(frame);
            Ports[port].Arrive(port == TestPlans.Trunk ? [.. frame[..12], 0x81, 0, 0, 10, .. frame[12..]] : frame);
            Run();
            Array.ForEach(Ports, each => each.Frames.Clear());
        }

        public void Run()
        {
            while (Switch.RunOnce(Timestamp.FromSeconds(1000)) > 0)
            {
            }

            Assert.True(Switch.Totals.Balanced, $"{Switch.Totals}");
        }

        public void Dispose() => Switch.Dispose();
    }
}
