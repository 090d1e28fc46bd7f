using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

public sealed class NeighborResolverTests
{
    private static readonly MacAddress OwnMac = MacAddress.Parse("02:00:00:00:00:01");
    private static readonly MacAddress PeerMac = MacAddress.Parse("02:00:00:00:00:02");
    private static readonly MacAddress OtherMac = MacAddress.Parse("02:00:00:00:00:03");

    // Made with scapy 2.5: Ether/ARP and Ether/IPv6/ICMPv6ND_NS or ICMPv6ND_NA with one link-layer address option.
    private const string ArpRequestFromUs = "ffffffffffff02000000000108060001080006040001020000000001c0000201000000000000c0000202";
    private const string ArpReplyToUs = "02000000000102000000000208060001080006040002020000000002c0000202020000000001c0000201";
    private const string ArpRequestForUs = "ffffffffffff02000000000208060001080006040001020000000002c0000202000000000000c0000201";
    private const string ArpReplyFromUs = "02000000000202000000000108060001080006040002020000000001c0000201020000000002c0000202";
    private const string SolicitationFromUs =
        "3333ff00000202000000000186dd6000000000203aff20010db8000000000000000000000001ff0200000000000000000001ff000002"
        + "87001c270000000020010db80000000000000000000000020101020000000001";
    private const string AdvertisementToUs =
        "02000000000102000000000286dd6000000000203aff20010db800000000000000000000000220010db8000000000000000000000001"
        + "88000a71e000000020010db80000000000000000000000020201020000000002";

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc826_A_request_goes_out_and_the_reply_resolves()
    {
        var bed = new Bed("192.0.2.1", "192.0.2.2");

        Assert.Null(bed.Resolve(0));
        Assert.Equal([ArpRequestFromUs], bed.Sent());
        Assert.Equal(NeighborReceipt.Updated, bed.Receive(10, ArpReplyToUs));
        Assert.Equal(PeerMac, bed.Resolve(20));
        Assert.Equal(NeighborState.Reachable, bed.State);
        Assert.Empty(bed.Sent());
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc826_A_request_for_the_own_address_is_answered_to_the_asker()
    {
        var bed = new Bed("192.0.2.1", "192.0.2.9");

        Assert.Equal(NeighborReceipt.Answered, bed.Receive(0, ArpRequestForUs));
        Assert.Equal([ArpReplyFromUs], bed.Sent());
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4861_Section7_2_A_solicitation_goes_out_and_the_advertisement_resolves()
    {
        var bed = new Bed("2001:db8::1", "2001:db8::2");

        Assert.Null(bed.Resolve(0));
        Assert.Equal([SolicitationFromUs], bed.Sent());
        Assert.Equal(NeighborReceipt.Updated, bed.Receive(10, AdvertisementToUs));
        Assert.Equal(PeerMac, bed.Resolve(20));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4861_Section7_1_Hop_limit_and_checksum_are_checked()
    {
        var bed = new Bed("2001:db8::1", "2001:db8::2");
        _ = bed.Resolve(0);
        byte[] forwarded = Convert.FromHexString(AdvertisementToUs);
        forwarded[21] = 254;
        byte[] damaged = Convert.FromHexString(AdvertisementToUs);
        damaged[^1] ^= 1;

        Assert.Equal(NeighborReceipt.Malformed, bed.Receive(10, Convert.ToHexStringLower(forwarded)));
        Assert.Equal(NeighborReceipt.Malformed, bed.Receive(10, Convert.ToHexStringLower(damaged)));
        Assert.Null(bed.Resolve(20));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4861_Section10_Three_solicitations_a_second_apart_then_a_pause_that_doubles()
    {
        var bed = new Bed("192.0.2.1", "192.0.2.2", TimeSpan.FromMinutes(1));
        List<long> sentAt = bed.AskUntil(30_000);

        // 0, 1, 2, given up at 3, again at 4; given up at 7, again at 9; given up at 12, again at 16; given up at 19, again at 27.
        Assert.Equal([0, 1000, 2000, 4000, 5000, 6000, 9000, 10_000, 11_000, 16_000, 17_000, 18_000, 27_000, 28_000, 29_000], sentAt);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc1122_Section2_3_2_1_A_silent_neighbour_is_asked_for_ever_but_not_more_than_once_a_second()
    {
        var bed = new Bed("192.0.2.1", "192.0.2.2");
        List<long> sentAt = bed.AskUntil(600_000);

        Assert.All(sentAt.Zip(sentAt.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 1_000, 1_100));
        Assert.InRange(sentAt[^1], 598_900, 600_000);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4861_Section7_3_3_A_stale_neighbour_is_used_while_it_is_asked_directly_and_everybody_is_asked_if_it_is_silent()
    {
        var bed = new Bed("192.0.2.1", "192.0.2.2");
        _ = bed.Resolve(0);
        _ = bed.Receive(10, ArpReplyToUs);
        _ = bed.Sent();

        Assert.Equal(PeerMac, bed.Resolve(31_000));
        Assert.Equal(NeighborState.Probe, bed.State);
        Assert.StartsWith("020000000002", Assert.Single(bed.Sent()), StringComparison.Ordinal);
        bed.Advance(32_000);
        bed.Advance(33_000);
        Assert.Equal(PeerMac, bed.Resolve(33_500));
        Assert.Equal(2, bed.Sent().Count);
        bed.Advance(34_000);
        Assert.Equal(NeighborState.Incomplete, bed.State);
        Assert.Equal([ArpRequestFromUs], bed.Sent());
        Assert.Null(bed.Resolve(34_100));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Nobody_can_plant_a_neighbour_that_is_not_tracked()
    {
        var bed = new Bed("192.0.2.1", "192.0.2.7");

        Assert.Equal(NeighborReceipt.NotMine, bed.Receive(0, ArpReplyToUs));
        Assert.Equal(1, bed.Count);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_static_neighbour_does_not_move()
    {
        var bed = new Bed("192.0.2.1", "192.0.2.2");
        bed.SetStatic(OtherMac);

        Assert.Equal(NeighborReceipt.Ignored, bed.Receive(0, ArpReplyToUs));
        Assert.Equal(OtherMac, bed.Resolve(1_000_000));
        Assert.Empty(bed.Sent());
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc5227_Section2_4_Somebody_else_with_the_own_address_is_a_conflict()
    {
        var bed = new Bed("192.0.2.2", "192.0.2.1");

        Assert.Equal(NeighborReceipt.Conflict, bed.Receive(0, ArpReplyToUs));
    }

    [Theory, Trait(Kind.Key, Kind.Hostile)]
    [InlineData(ArpReplyToUs, "192.0.2.1", "192.0.2.2")]
    [InlineData(ArpRequestForUs, "192.0.2.1", "192.0.2.2")]
    [InlineData(AdvertisementToUs, "2001:db8::1", "2001:db8::2")]
    public void Truncations_and_flipped_bits_never_fault(string hex, string own, string peer)
    {
        byte[] frame = Convert.FromHexString(hex);
        var bed = new Bed(own, peer);
        _ = bed.Resolve(0);
        for (int length = 14; length < frame.Length; length++)
        {
            Assert.DoesNotContain(bed.Receive(0, Convert.ToHexStringLower(frame[..length])), new[] { NeighborReceipt.Updated, NeighborReceipt.Answered });
        }

        for (int bit = 0; bit < frame.Length * 8; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            _ = bed.Receive(0, Convert.ToHexStringLower(frame));
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    /// <summary>A resolver that tracks one neighbour, with what it sent.</summary>
    private sealed class Bed
    {
        private readonly NeighborResolver _resolver;
        private readonly int _neighbor;
        private ListSink _sink = new([]);

        public Bed(string own, string peer, TimeSpan? maxPause = null)
        {
            var options = new NeighborResolverOptions { Address = VtepAddress.Parse(own), Mac = OwnMac };
            _resolver = new NeighborResolver(maxPause is TimeSpan pause ? options with { MaxPause = pause } : options);
            _neighbor = _resolver.Track(VtepAddress.Parse(peer));
        }

        public NeighborState State => _resolver.State(_neighbor);

        public int Count => _resolver.Count;

        public void SetStatic(MacAddress mac) => _resolver.SetStatic(_neighbor, mac);

        public MacAddress? Resolve(long milliseconds) =>
            _resolver.TryResolve(_neighbor, Timestamp.FromMilliseconds(milliseconds), ref _sink, out MacAddress mac) ? mac : null;

        public void Advance(long milliseconds) => _resolver.Advance(Timestamp.FromMilliseconds(milliseconds), ref _sink);

        public NeighborReceipt Receive(long milliseconds, string hex)
        {
            byte[] frame = Convert.FromHexString(hex);
            return PacketLayout.TryParse(frame, out PacketLayout layout)
                ? _resolver.Receive(frame, layout, Timestamp.FromMilliseconds(milliseconds), ref _sink)
                : NeighborReceipt.NotMine;
        }

        /// <summary>Has a packet for the neighbour every 100 ms, and says when somebody was asked for it.</summary>
        public List<long> AskUntil(long end)
        {
            var sentAt = new List<long>();
            for (long now = 0; now <= end; now += 100)
            {
                _ = Resolve(now);
                Advance(now);
                sentAt.AddRange(Enumerable.Repeat(now, Sent().Count));
            }

            return sentAt;
        }

        public List<string> Sent()
        {
            List<string> sent = [.. _sink.Frames];
            _sink.Frames.Clear();
            return sent;
        }
    }

    private readonly struct ListSink(List<string> frames) : IFrameSink
    {
        public List<string> Frames { get; } = frames;

        public void Send(ReadOnlySpan<byte> frame) => Frames.Add(Convert.ToHexStringLower(frame));
    }
}
