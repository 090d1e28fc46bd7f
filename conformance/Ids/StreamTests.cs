using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Conformance.IdsTests;

/// <summary>Streams: however a sender cuts, repeats and overlaps them, the same is found, and what is found is what the receiver gets.</summary>
public sealed class StreamTests
{
    private const string Rules = """
        alert tcp any any -> any 80 (flow:established,to_server; content:"first-word"; content:"second-word"; distance:0; sid:1;)
        alert tcp any any -> any 80 (content:"GOOD"; sid:2;)
        alert tcp any any -> any 80 (content:"EVIL"; sid:3;)
        """;

    private static readonly byte[] Text = Encoding.ASCII.GetBytes($"junk {new string('x', 300)} first-word {new string('y', 700)} second-word tail");

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void P9_any_cut_order_and_repetition_of_the_same_stream_gives_the_same_alerts()
    {
        Gen<(int[] Cuts, int Seed, bool Inline)> gen =
            from cuts in Gen.Choose(1, Text.Length - 1).ListOf(12)
            from seed in Gen.Choose(0, 10_000)
            from inline in Gen.Elements(true, false)
            select (cuts.ToArray(), seed, inline);
        Prop.ForAll(Arb.From(gen), one =>
        {
            int[] ends = [.. one.Cuts.Append(Text.Length).Distinct().Order()];
            var random = new Random(one.Seed);
            byte[][] segments = [.. ends.Select((end, i) => Segment(i == 0 ? 0 : ends[i - 1], end)).SelectMany(frame => Enumerable.Repeat(frame, 1 + random.Next(2)))];
            random.Shuffle(segments);
            Assert.Equal([1u], Alerts(one.Inline, OverlapPolicy.Bsd, [.. segments, Ack(Text.Length)]).Distinct());
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Segments_of_one_byte_in_reverse_order_are_found_as_far_as_there_is_room_for_holes()
    {
        // Each waits behind its own hole; neighbours join.
        byte[][] frames = [.. Enumerable.Range(0, Text.Length).Reverse().Select(i => Segment(i, i + 1))];
        Assert.Equal([1u], Alerts(false, OverlapPolicy.Bsd, [.. frames, Ack(Text.Length)]));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Sequence_numbers_that_come_around_at_2_to_the_32_are_found()
    {
        const uint Start = uint.MaxValue - 100;
        byte[][] frames =
        [
            RuleBench.Tcp(TcpFlags.Syn, [], sequence: Start),
            RuleBench.Tcp(TcpFlags.Syn | TcpFlags.Ack, [], toServer: false, acknowledgment: Start + 1),
            RuleBench.Tcp(TcpFlags.Ack, [], sequence: Start + 1),
            RuleBench.Tcp(TcpFlags.Ack, Text[..600], sequence: Start + 1),
            RuleBench.Tcp(TcpFlags.Ack, Text[600..], sequence: unchecked(Start + 601)),
        ];
        Assert.Equal([1u], RuleBench.Inspect(RuleBench.Rules(Rules), Options(false, OverlapPolicy.Bsd), frames));
    }

    [Theory]
    [InlineData(OverlapPolicy.First, 2)]
    [InlineData(OverlapPolicy.Vista, 2)]
    [InlineData(OverlapPolicy.Bsd, 2)]
    [InlineData(OverlapPolicy.Windows, 2)]
    [InlineData(OverlapPolicy.Linux, 2)]
    [InlineData(OverlapPolicy.Solaris, 2)]
    [InlineData(OverlapPolicy.OldLinux, 3)]
    [InlineData(OverlapPolicy.BsdRight, 3)]
    [InlineData(OverlapPolicy.Last, 3)]
    [Trait(Kind.Key, Kind.Hostile)]
    public void The_same_place_sent_twice_is_what_the_receivers_system_keeps(OverlapPolicy policy, uint expected) =>
        Assert.Equal([expected], Alerts(false, policy, [Segment(0, "GOOD"u8), Segment(0, "EVIL"u8), Ack(4)]));

    [Theory]
    [InlineData(OverlapPolicy.First, false)]
    [InlineData(OverlapPolicy.Bsd, true)]
    [InlineData(OverlapPolicy.Linux, true)]
    [InlineData(OverlapPolicy.Solaris, true)]
    [InlineData(OverlapPolicy.BsdRight, false)]
    [InlineData(OverlapPolicy.Last, true)]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_later_segment_that_begins_before_the_first_is_what_the_receivers_system_keeps(OverlapPolicy policy, bool later)
    {
        uint[] alerts = Alerts(false, policy, [Segment(2, "GOOD"u8), Segment(0, "..EVIL"u8), Ack(6)]);
        Assert.Equal([later ? 3u : 2u], alerts);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void P8_inline_the_receiver_gets_the_bytes_that_came_first_and_those_are_what_is_looked_at()
    {
        Gen<(int At, int Length, int Fill)> one =
            from at in Gen.Choose(0, 60)
            from length in Gen.Choose(1, 40)
            from fill in Gen.Choose('a', 'z')
            select (at, length, fill);
        Gen<(int At, int Length, int Fill)[]> gen = one.ListOf(12).Select(list => list.ToArray());
        Prop.ForAll(Arb.From(gen), segments =>
        {
            using var detector = new IntrusionDetector(RuleImage.Compile(RuleBench.Rules(Rules)), Options(true, OverlapPolicy.Last));
            Handshake(detector);
            byte?[] first = new byte?[100];
            foreach ((int at, int length, int fill) in segments)
            {
                byte[] data = [.. Enumerable.Repeat((byte)fill, length)];
                byte[] frame = Segment(at, data);
                Verdict verdict = Normalize(detector, frame);
                if (verdict != Verdict.Accept)
                {
                    continue;
                }

                Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
                Assert.True(TcpView.TryParse(frame.AsSpan(layout.L4Offset..layout.EndOffset), out TcpView tcp));
                Assert.True(tcp.Payload.SequenceEqual(data) || tcp.IsChecksumValid(InternetChecksum.PseudoHeader(RuleBench.Client, RuleBench.Server, IpProtocol.Tcp, layout.EndOffset - layout.L4Offset)));
                for (int i = 0; i < length; i++)
                {
                    // What was let through has for each place the byte that came there first.
                    first[at + i] ??= tcp.Payload[i];
                    Assert.Equal(first[at + i], tcp.Payload[i]);
                }
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Rfc5961_Section3_2_a_reset_with_a_guessed_number_does_not_end_the_stream_and_the_real_one_does()
    {
        byte[] guessed = RuleBench.Tcp(TcpFlags.Rst, [], sequence: 500);
        Assert.Equal([2u], Alerts(false, OverlapPolicy.Bsd, [guessed, Segment(0, "GOOD"u8), Ack(4)]));
        byte[] real = RuleBench.Tcp(TcpFlags.Rst, [], toServer: false, sequence: 1);
        Assert.Empty(RuleBench.Inspect(RuleBench.Rules("alert tcp any any -> any 80 (flow:only_stream; content:\"GOOD\"; sid:2;)"), Options(false, OverlapPolicy.Bsd), [.. HandshakeFrames(), real, Segment(0, "GOOD"u8), Ack(4)]));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Data_outside_of_the_window_is_no_part_of_the_stream()
    {
        byte[] far = RuleBench.Tcp(TcpFlags.Ack, "EVIL"u8.ToArray(), sequence: 1_000_000);
        Assert.Empty(RuleBench.Inspect(RuleBench.Rules("alert tcp-stream any any -> any 80 (content:\"EVIL\"; sid:3;)"), Options(false, OverlapPolicy.Bsd), [.. HandshakeFrames(), far, Ack(0)]));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_hundred_thousand_half_open_streams_take_fixed_memory_and_give_way()
    {
        using var detector = new IntrusionDetector(RuleImage.Compile(RuleBench.Rules(Rules)), Options(false, OverlapPolicy.Bsd) with { FlowCapacity = 1024, StreamCapacity = 16, AcceptMidstream = true });
        var alerts = new Alert[4];
        byte[] frame = Segment(0, "half of it: GO"u8);
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        for (int i = 0; i < 100_000; i++)
        {
            (frame[layout.L4Offset], frame[layout.L4Offset + 1]) = ((byte)(i >> 8), (byte)i);
            frame[layout.L3Offset + 12] = (byte)(i >> 16);
            _ = detector.Inspect(frame, layout, Timestamp.FromMilliseconds(i), alerts, out _);
        }

        Assert.True(detector.Counters.StreamsLost > 90_000);
        Assert.True(detector.Counters.FlowsLost > 90_000);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Exchanged_rules_look_at_what_a_streams_window_holds()
    {
        using var detector = new IntrusionDetector(RuleImage.Compile(RuleBench.Rules(Rules)), Options(false, OverlapPolicy.Bsd));
        Handshake(detector);
        _ = RuleBench.Inspect(detector, Segment(0, "half-"u8), default);
        _ = RuleBench.Inspect(detector, Ack(5), default);
        detector.Swap(RuleImage.Compile(RuleBench.Rules("alert tcp any any -> any 80 (content:\"half-and-half\"; sid:9;)")));
        _ = RuleBench.Inspect(detector, Segment(5, "and-half"u8), default);
        Assert.Equal([9u], RuleBench.Inspect(detector, Ack(13), default).Sids);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void P10_nothing_is_allocated_for_segments_requests_and_fragments()
    {
        RuleSet rules = RuleBench.Rules(Rules + "\nalert http any any -> any any (http.uri; content:\"/bad\"; http.header; content:\"agent\"; nocase; sid:20;)\nalert http any any -> any any (file_data; content:\"never there\"; sid:21;)");
        using var detector = new IntrusionDetector(RuleImage.Compile(rules), Options(true, OverlapPolicy.Bsd));
        byte[] request = "GET /bad HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\n\r\n"u8.ToArray();
        byte[][] frames = [.. HandshakeFrames(), .. Enumerable.Range(0, 50).Select(i => Segment(i * request.Length, request))];
        PacketLayout[] layouts = [.. frames.Select(frame => PacketLayout.TryParse(frame, out PacketLayout layout) ? layout : default)];
        var alerts = new Alert[8];
        int found = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 1_000; i++)
            {
                _ = detector.Inspect(frames[i % frames.Length], layouts[i % frames.Length], Timestamp.FromMilliseconds(i), alerts, out int count);
                found += count;
            }
        }));
        Assert.True(found > 0);
    }

    private static uint[] Alerts(bool inline, OverlapPolicy policy, byte[][] frames) =>
        RuleBench.Inspect(RuleBench.Rules(Rules), Options(inline, policy), [.. HandshakeFrames(), .. frames]);

    private static DetectorOptions Options(bool inline, OverlapPolicy policy) =>
        RuleBench.Options with { StreamCapacity = 16, StreamWindowBytes = 2048, SessionCapacity = 4, FragmentCapacity = 2, IsInline = inline, Overlaps = policy };

    private static byte[][] HandshakeFrames() => [RuleBench.Tcp(TcpFlags.Syn, []), RuleBench.Tcp(TcpFlags.Syn | TcpFlags.Ack, [], toServer: false), RuleBench.Tcp(TcpFlags.Ack, [])];

    private static void Handshake(IntrusionDetector detector)
    {
        foreach (byte[] frame in HandshakeFrames())
        {
            _ = RuleBench.Inspect(detector, frame, default);
        }
    }

    private static Verdict Normalize(IntrusionDetector detector, byte[] frame)
    {
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        return detector.InspectAndNormalize(frame, layout, default, new Alert[4], out _, out _);
    }

    private static byte[] Segment(int from, int to) => Segment(from, Text.AsSpan(from..to));

    private static byte[] Segment(int at, ReadOnlySpan<byte> data) => RuleBench.Tcp(TcpFlags.Ack, data.ToArray(), sequence: (uint)at + 1);

    private static byte[] Ack(int bytes) => RuleBench.Tcp(TcpFlags.Ack, [], toServer: false, acknowledgment: (uint)bytes + 1);
}
