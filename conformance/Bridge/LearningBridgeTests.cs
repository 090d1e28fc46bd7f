using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

public sealed class LearningBridgeTests
{
    private static readonly MacAddress A = BridgeTestBed.Mac(1);
    private static readonly MacAddress B = BridgeTestBed.Mac(2);

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(0x0180C2000000, BridgeDropReason.ReservedAddress)]
    [InlineData(0x0180C200000E, BridgeDropReason.ReservedAddress)]
    [InlineData(0x0180C200000F, BridgeDropReason.ReservedAddress)]
    [InlineData(0x0180C2000010, BridgeDropReason.None)]
    [InlineData(0xFFFFFFFFFFFF, BridgeDropReason.None)]
    public void Ieee8021Q_8_6_3_Reserved_group_addresses_are_never_forwarded(long destination, BridgeDropReason expected)
    {
        using var bridge = new LearningBridge(BridgeTestBed.Options);

        Assert.Equal(expected, Decide(bridge, new MacAddress((ulong)destination), A, null, BridgeTestBed.AccessTen).Reason);
    }

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(0x000000000000)]
    [InlineData(0x010000000001)]
    [InlineData(0xFFFFFFFFFFFF)]
    public void Ieee8021Q_8_7_A_source_that_is_no_individual_address_is_neither_learned_nor_forwarded(long source)
    {
        using var bridge = new LearningBridge(BridgeTestBed.Options);

        Assert.Equal(BridgeDropReason.InvalidSource, Decide(bridge, B, new MacAddress((ulong)source), null, BridgeTestBed.AccessTen).Reason);
        Assert.Equal(0, bridge.Macs.Count);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Ieee8021Q_table_9_2_Vlan_4095_is_refused_and_0_means_the_ports_own()
    {
        using var bridge = new LearningBridge(BridgeTestBed.Options);

        Assert.Equal(BridgeDropReason.InvalidVlan, Decide(bridge, B, A, 0xFFF, BridgeTestBed.TrunkNativeTwenty).Reason);
        Assert.Equal(20, Decide(bridge, B, A, 0xA000, BridgeTestBed.TrunkNativeTwenty).Vlan);
        Assert.Equal(BridgeDropReason.UntaggedRefused, Decide(bridge, B, A, 0xA000, BridgeTestBed.TrunkTagged).Reason);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Ieee8021Q_8_6_2_Ingress_filtering_comes_before_learning()
    {
        using var bridge = new LearningBridge(BridgeTestBed.Options);

        Assert.Equal(BridgeDropReason.VlanRefused, Decide(bridge, B, A, 20, BridgeTestBed.AccessTen).Reason);
        Assert.Equal(0, bridge.Macs.Count);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Ieee8021Q_6_9_2_A_tag_keeps_the_priority_the_frame_came_with()
    {
        using var bridge = new LearningBridge(BridgeTestBed.Options);
        byte[] frame = BridgeTestBed.Frame(MacAddress.Broadcast, A, 0xB000);
        BridgeDecision decision = BridgeTestBed.Decide(bridge, frame, BridgeLocation.Port(BridgeTestBed.AccessTen), 0, default);

        Assert.Contains((BridgeLocation.Port(BridgeTestBed.TrunkNativeTwenty), 0xB00A), BridgeTestBed.Outputs(bridge, decision, frame));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Ieee8021Q_8_4_A_blocked_port_neither_learns_nor_forwards_and_a_learning_port_only_learns()
    {
        using var bridge = new LearningBridge(BridgeTestBed.Options);
        bridge.SetPortState(BridgeTestBed.AccessTen, BridgePortState.Blocked);
        Assert.Equal(BridgeDropReason.IngressBlocked, Decide(bridge, B, A, null, BridgeTestBed.AccessTen).Reason);
        Assert.Equal(0, bridge.Macs.Count);

        bridge.SetPortState(BridgeTestBed.AccessTen, BridgePortState.Learning);
        Assert.Equal(BridgeDropReason.IngressBlocked, Decide(bridge, B, A, null, BridgeTestBed.AccessTen).Reason);
        Assert.Equal(1, bridge.Macs.Count);
        Assert.Equal(BridgeDropReason.EgressBlocked, Decide(bridge, A, B, null, BridgeTestBed.AccessTenLimited).Reason);

        bridge.SetPortState(BridgeTestBed.AccessTen, BridgePortState.Forwarding);
        Assert.Equal(BridgeLocation.Port(BridgeTestBed.AccessTen), Decide(bridge, A, B, null, BridgeTestBed.AccessTenLimited).Output.Where);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Ieee8021Q_5_5_A_service_tag_is_no_tag_to_a_customer_bridge()
    {
        using var bridge = new LearningBridge(BridgeTestBed.Options);
        byte[] frame = BridgeTestBed.Frame(MacAddress.Broadcast, A, 20);
        (frame[12], frame[13]) = (0x88, 0xA8);

        Assert.Equal(10, BridgeTestBed.Decide(bridge, frame, BridgeLocation.Port(BridgeTestBed.AccessTen), 0, default).Vlan);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc7348_Section6_1_A_tagged_frame_out_of_a_tunnel_is_dropped()
    {
        using var bridge = new LearningBridge(BridgeTestBed.Options);

        Assert.Equal(
            BridgeDropReason.TaggedInTunnel,
            BridgeTestBed.Decide(bridge, BridgeTestBed.Frame(B, A, 10), BridgeLocation.Vtep(0), 10, default).Reason);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8365_Section8_3_1_Nothing_goes_from_one_tunnel_to_another()
    {
        using var bridge = new LearningBridge(BridgeTestBed.Options);
        byte[] broadcast = BridgeTestBed.Frame(MacAddress.Broadcast, A);
        BridgeDecision flood = BridgeTestBed.Decide(bridge, broadcast, BridgeLocation.Vtep(0), 10, default);

        Assert.DoesNotContain(BridgeTestBed.Outputs(bridge, flood, broadcast), output => output.Where.IsVtep);
        Assert.Equal(BridgeDropReason.SplitHorizon, BridgeTestBed.Decide(bridge, BridgeTestBed.Frame(A, B), BridgeLocation.Vtep(1), 10, default).Reason);
    }

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(46, 60)]
    [InlineData(28, 60)]
    [InlineData(1000, 1014)]
    public void Ieee8023_4A_4_2_A_frame_that_loses_its_tag_is_padded_to_the_minimum(int payload, int expected)
    {
        byte[] tagged = BridgeTestBed.Frame(B, A, 0xA00A, payload);
        byte[] popped = BridgeTestBed.Apply(new VlanRewrite(VlanRewriteKind.Pop, 0), tagged);

        Assert.Equal(expected, popped.Length);
        Assert.Equal(BridgeTestBed.Frame(B, A, null, expected - 14), popped);
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Tags_are_pushed_replaced_and_popped_as_written_by_hand()
    {
        byte[] plain = BridgeTestBed.Frame(B, A);
        byte[] tagged = BridgeTestBed.Apply(new VlanRewrite(VlanRewriteKind.Push, 0xA064), plain);

        Assert.Equal(BridgeTestBed.Frame(B, A, 0xA064), tagged);
        Assert.Equal(BridgeTestBed.Frame(B, A, 0x2005), BridgeTestBed.Apply(new VlanRewrite(VlanRewriteKind.Replace, 0x2005), tagged));
        Assert.Equal(plain, BridgeTestBed.Apply(new VlanRewrite(VlanRewriteKind.Pop, 0), tagged));
        Assert.Equal(plain, BridgeTestBed.Apply(default, plain));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_rewrite_without_room_or_without_a_tag_changes_nothing()
    {
        byte[] plain = BridgeTestBed.Frame(B, A);
        byte[] tight = [.. plain];
        (int offset, int length) = (0, plain.Length);

        Assert.False(new VlanRewrite(VlanRewriteKind.Push, 1).TryApply(tight, ref offset, ref length));
        Assert.False(new VlanRewrite(VlanRewriteKind.Pop, 0).TryApply(tight, ref offset, ref length));
        Assert.False(new VlanRewrite(VlanRewriteKind.Replace, 1).TryApply(tight, ref offset, ref length));
        Assert.Equal(plain, tight);
        Assert.Equal((0, plain.Length), (offset, length));

        byte[] shortTagged = BridgeTestBed.Frame(B, A, 5, 28);
        (offset, length) = (0, shortTagged.Length);
        Assert.False(new VlanRewrite(VlanRewriteKind.Pop, 0).TryApply(shortTagged, ref offset, ref length));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Every_truncation_and_random_frames_end_in_one_counter()
    {
        using var bridge = new LearningBridge(BridgeTestBed.Options);
        var random = new Random(7);
        long frames = 0;
        byte[] tagged = BridgeTestBed.Frame(B, A, 10);
        for (int length = 0; length <= tagged.Length; length++)
        {
            _ = PacketLayout.TryParse(tagged.AsSpan(0, length), out PacketLayout layout);
            BridgeDecision decision = bridge.Decide(tagged.AsSpan(0, length), layout, BridgeTestBed.AccessTen, default);
            Assert.Equal(length < 18, decision.Reason == BridgeDropReason.Malformed);
            frames++;
        }

        for (int i = 0; i < 20_000; i++)
        {
            byte[] frame = new byte[random.Next(80)];
            random.NextBytes(frame);
            if (frame.Length > 18 && random.Next(2) == 0)
            {
                A.Write(frame.AsSpan(6));
                (frame[12], frame[13], frame[14]) = (0x81, 0x00, 0x00);
            }

            _ = PacketLayout.TryParse(frame, out PacketLayout layout);
            _ = random.Next(2) == 0
                ? bridge.Decide(frame, layout, random.Next(4), Timestamp.FromSeconds(i))
                : bridge.DecideFromTunnel(frame, layout, random.Next(3), (ushort)random.Next(8192), Timestamp.FromSeconds(i));
            frames++;
        }

        BridgeCounters c = bridge.Counters;
        Assert.Equal(
            frames,
            c.Forwarded + c.FloodedGroup + c.FloodedUnknown + c.AnsweredArp + c.AnsweredNd + c.Malformed + c.ReservedAddress + c.InvalidSource
            + c.InvalidVlan + c.UntaggedRefused + c.VlanRefused + c.UnknownSegment + c.IngressBlocked + c.EgressBlocked + c.TaggedInTunnel
            + c.SameLocation + c.SplitHorizon + c.UnknownUnicast + c.NoOutput);
    }

    [Fact, Trait(Kind.Key, Kind.Alloc)]
    public void Learning_flooding_ageing_moving_and_overflow_allocate_nothing()
    {
        using var bridge = new LearningBridge(BridgeTestBed.Options with { Segments = [.. BridgeTestBed.Options.Segments.Select(segment => segment with { SuppressArp = true, SuppressNd = true })] });
        byte[] frame = BridgeTestBed.Frame(MacAddress.Broadcast, A);
        long second = 0;

        Assert.Equal(0, Allocations.Of(() =>
        {
            var sink = default(CountingSink);
            for (int i = 0; i < 100_000; i++)
            {
                BridgeTestBed.Mac(i % 500).Write(frame.AsSpan(6));
                BridgeTestBed.Mac((i * 7) % 500).Write(frame);
                _ = PacketLayout.TryParse(frame, out PacketLayout layout);
                Timestamp now = Timestamp.FromSeconds(second++);
                BridgeDecision decision = bridge.Decide(frame, layout, i % 3 == 0 ? 2 : 0, now);
                _ = bridge.Flood(decision, ref sink);
                bridge.Advance(now);
            }
        }));
        Assert.True(bridge.Macs.Counters is { Aged: > 0, TableFull: > 0, Learned: > 1000 });
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void A_callers_mistakes_are_exceptions_that_name_the_option()
    {
        LearningBridgeOptions good = BridgeTestBed.Options;

        Assert.Throws<ArgumentException>(() => new LearningBridge(good with { Segments = [new BridgeSegmentOptions { Vlan = 0 }] }));
        Assert.Throws<ArgumentException>(() => new LearningBridge(good with { Segments = [new BridgeSegmentOptions { Vlan = 5 }, new BridgeSegmentOptions { Vlan = 5 }] }));
        Assert.Throws<ArgumentException>(() => new LearningBridge(good with { Segments = [new BridgeSegmentOptions { Vlan = 5, Vteps = [2] }] }));
        Assert.Throws<ArgumentException>(() => new LearningBridge(good with { Segments = [new BridgeSegmentOptions { Vlan = 5, Vteps = [1, 1] }] }));
        Assert.Throws<ArgumentException>(() => new LearningBridge(good with { Ports = [new BridgePortOptions { Pvid = 4095 }] }));
        Assert.Throws<ArgumentException>(() => new LearningBridge(good with { MacCapacity = 15 }));
        Assert.Contains("10 to 1000000", Assert.Throws<ArgumentException>(
            () => new LearningBridge(good with { Segments = [new BridgeSegmentOptions { Vlan = 5, Ageing = TimeSpan.FromSeconds(9) }] })).Message, StringComparison.Ordinal);
    }

    private static BridgeDecision Decide(LearningBridge bridge, MacAddress destination, MacAddress source, int? tci, int port) =>
        BridgeTestBed.Decide(bridge, BridgeTestBed.Frame(destination, source, tci), BridgeLocation.Port(port), 0, default);

    private struct CountingSink : IBridgeSink
    {
        public int Copies;

        public void Output(in BridgeOutput output) => Copies++;
    }
}
