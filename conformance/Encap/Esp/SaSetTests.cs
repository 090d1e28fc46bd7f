using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

/// <summary>Several associations towards one peer: who uses which, where their packets land, and replacing them under traffic.</summary>
public sealed class SaSetTests
{
    [Theory, Trait(Kind.Key, Kind.Property)]
    [InlineData(1, "192.0.2.1", "192.0.2.2")]
    [InlineData(2, "192.0.2.1", "192.0.2.2")]
    [InlineData(4, "192.0.2.1", "192.0.2.2")]
    [InlineData(8, "192.0.2.1", "192.0.2.2")]
    [InlineData(8, "2001:db8::1", "2001:db8::2")]
    public void Packets_of_every_association_land_on_the_planned_queue_and_nowhere_else(int count, string source, string destination)
    {
        var receiver = new RssReceiver(ToeplitzKey.Microsoft, RssIndirectionTable.RoundRobin(128, 8));
        (VtepAddress local, VtepAddress remote) = (VtepAddress.Parse(source), VtepAddress.Parse(destination));
        using EspOutboundSa fallback = Association(0x9000, 49_999);
        var set = new SaSet(fallback, count);
        for (int place = 0; place < count; place++)
        {
            uint spi = 0x1000 + (uint)place;
            Assert.True(receiver.TrySolve(local, remote, EspHeader.UdpPort, queue: 7 - place, salt: spi, out ushort port));
            Assert.InRange(port, RssPortSolver.DynamicPortMin, RssPortSolver.DynamicPortMax);
            Assert.Null(set.Install(place, Association(spi, port)));
        }

        var queues = new Dictionary<int, int>();
        var random = new Random(1);
        for (int packet = 0; packet < 800; packet++)
        {
            byte[] frame = Seal(set.SelectByFlow((uint)random.NextInt64(1L << 32)), OuterFrame(local, remote), out PacketLayout layout);
            int queue = receiver.QueueOf(frame, layout);
            queues[queue] = queues.GetValueOrDefault(queue) + 1;
        }

        Assert.Equal(Enumerable.Range(8 - count, count), queues.Keys.Order());
        Assert.All(queues.Values, share => Assert.InRange(share, 800 / count * 0.6, 800 / count * 1.4));
        Assert.Equal(800ul, (ulong)queues.Values.Sum());
        Assert.Equal(0ul, fallback.Counters.Packets);
        Assert.Equal(800ul, Enumerable.Range(0, count).Aggregate(0ul, (sum, place) => sum + set[place]!.Counters.Packets));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc9611_Section3_1_Who_has_no_association_of_its_own_uses_the_fallback()
    {
        using EspOutboundSa fallback = Association(0x9000, 49_999);
        using EspOutboundSa own = Association(0x1000, 50_000);
        var set = new SaSet(fallback, 4);
        Assert.Same(fallback, set.Select(2));
        _ = set.Install(2, own);
        Assert.Same(own, set.Select(2));
        Assert.Same(own, set.Select(6));
        Assert.Same(fallback, set.Select(3));
        Assert.Same(own, set.SelectByFlow(0x8000_0000));
        Assert.Same(own, set.SelectByFlow(0xBFFF_FFFF));
        Assert.Same(fallback, set.SelectByFlow(0xC000_0000));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4301_Section4_5_A_finished_association_gives_way_to_the_fallback()
    {
        using EspOutboundSa fallback = Association(0x9000, 49_999);
        using var last = new EspOutboundSa(Options(0x1000, 50_000) with { FirstSequence = uint.MaxValue });
        var set = new SaSet(fallback, 1);
        _ = set.Install(0, last);
        Assert.Same(last, set.Select(0));
        _ = Seal(last, OuterFrame(VtepAddress.Parse("192.0.2.1"), VtepAddress.Parse("192.0.2.2")), out _);
        Assert.True(last.IsFinished);
        Assert.Same(fallback, set.Select(0));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void A_rekey_under_traffic_loses_nothing_though_packets_of_both_keys_arrive_mixed()
    {
        using EspOutboundSa fallback = Association(0x9000, 49_999);
        var set = new SaSet(fallback, 1);
        _ = set.Install(0, Association(0x1000, 50_000));
        var database = new SecurityAssociationDatabase(8, new HashSeed(1, 2));
        Assert.True(database.TryAdd(new EspInboundSa(Options(0x1000, 50_000))));
        var opener = new EspOpener(database);
        byte[] plain = OuterFrame(VtepAddress.Parse("192.0.2.1"), VtepAddress.Parse("192.0.2.2"));
        var wire = new List<byte[]>();
        for (int packet = 0; packet < 200; packet++)
        {
            if (packet == 90)
            {
                // The receiver first; only then does the sender change over.
                Assert.True(database.TryAdd(new EspInboundSa(Options(0x1001, 50_001))));
            }

            if (packet == 100)
            {
                using EspOutboundSa? old = set.Install(0, Association(0x1001, 50_001));
                Assert.Equal(0x1000u, old!.Spi);
            }

            wire.Add(Seal(set.Select(0), plain, out _));
        }

        // Another port may mean another path: the network delivers the two keys' packets interleaved.
        IEnumerable<byte[]> arriving = wire.Select((frame, i) => (frame, key: i < 100 ? i : i - 55)).OrderBy(p => p.key).Select(p => p.frame);
        foreach (byte[] frame in arriving)
        {
            Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
            Assert.Equal(EspStatus.Ok, opener.Open(frame, layout, out _));
        }

        database.Remove(0x1000)!.Dispose();
        Assert.Equal((200, 1), (opener.Counters.Opened, database.Count));
    }

    private static EspOutboundSa Association(uint spi, ushort port) => new(Options(spi, port));

    private static EspSaOptions Options(uint spi, ushort port) =>
        EspFrameTests.Options(EspMode.Transport, new EspUdpPorts(port)) with { Spi = spi };

    private static byte[] Seal(EspOutboundSa sa, byte[] original, out PacketLayout layout) => EspFrameTests.Sealed(sa, original, out layout);

    private static byte[] OuterFrame(VtepAddress source, VtepAddress destination)
    {
        var options = new VtepOptions { Protocol = TunnelProtocol.Vxlan, Address = source, Mac = MacAddress.Parse("02:00:00:00:00:01"), EntropySeed = new HashSeed(3, 4) };
        var encapsulator = new TunnelEncapsulator(options);
        TunnelPeer peer = encapsulator.CreatePeer(destination);
        peer.SetNextHop(MacAddress.Parse("02:00:00:00:00:02"));
        byte[] inner = Convert.FromHexString(TunnelVectors.OvsInner);
        Assert.True(PacketLayout.TryParse(inner, out PacketLayout layout));
        byte[] frame = new byte[peer.HeaderBytes + inner.Length];
        Assert.Equal(EncapVerdict.Encapsulated, encapsulator.WriteHeader(frame.AsSpan(0, peer.HeaderBytes), inner, layout, peer, 7));
        inner.CopyTo(frame, peer.HeaderBytes);
        return frame;
    }
}
