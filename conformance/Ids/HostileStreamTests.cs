using Weft.Conformance.Support;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Conformance.IdsTests;

/// <summary>Senders that want a receiver to see what the detector does not.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class HostileStreamTests
{
    private static readonly RuleSet Rules = RuleBench.Rules("""
        alert tcp-stream any any -> any 80 (content:"EVIL"; sid:1;)
        alert tcp-stream any any -> any 80 (content:"EVxIL"; sid:2;)
        alert tcp any any -> any any (stream-event:suspected_rst_inject; sid:3;)
        """);

    private static readonly byte[][] Handshake = [RuleBench.Tcp(TcpFlags.Syn, []), RuleBench.Tcp(TcpFlags.Syn | TcpFlags.Ack, [], toServer: false), RuleBench.Tcp(TcpFlags.Ack, [])];

    [Theory]
    [InlineData(UrgentPolicy.OutOfBand, 1)]
    [InlineData(UrgentPolicy.Inline, 2)]
    public void Rfc6093_Section3_1_an_urgent_byte_is_in_the_stream_if_the_receivers_system_leaves_it_there(UrgentPolicy policy, uint expected) =>
        Assert.Equal([expected], Sids(Options with { Urgent = policy }, Urgent("EVxIL"u8.ToArray(), 3), Ack(5)));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_urgent_byte_is_left_out_wherever_segments_were_cut_and_in_whatever_order_they_come(bool isLate)
    {
        byte[] first = Urgent("aaEVx"u8.ToArray(), 5);
        byte[] second = RuleBench.Tcp(TcpFlags.Ack, "ILzz"u8.ToArray(), sequence: 6);
        Assert.Equal([1u], isLate ? Sids(Options, first, second, second, first, Ack(9)) : Sids(Options, first, Ack(5), second, Ack(9)));
    }

    [Fact]
    public void Inline_an_urgent_byte_becomes_one_like_others_for_the_receiver_too()
    {
        using var detector = new IntrusionDetector(RuleImage.Compile(Rules), Options with { IsInline = true });
        foreach (byte[] frame in Handshake)
        {
            _ = RuleBench.Inspect(detector, frame, default);
        }

        byte[] segment = Urgent("EVxIL"u8.ToArray(), 3);
        Assert.True(PacketLayout.TryParse(segment, out PacketLayout layout));
        var alerts = new Alert[4];
        _ = detector.InspectAndNormalize(segment, layout, default, alerts, out int count, out bool isChanged);
        Assert.True(isChanged);
        Assert.Equal([2u], alerts[..count].Select(alert => alert.Sid));
        Assert.True(TcpView.TryParse(segment.AsSpan(layout.L4Offset..layout.EndOffset), out TcpView tcp));
        Assert.Equal((TcpFlags.Ack, (ushort)0), (tcp.Flags, tcp.UrgentPointer));
        Assert.True(tcp.IsChecksumValid(InternetChecksum.PseudoHeader(RuleBench.Client, RuleBench.Server, IpProtocol.Tcp, layout.EndOffset - layout.L4Offset)));
        Assert.Equal(1, detector.Counters.UrgentSegments);
    }

    [Fact]
    public void Rfc9293_Section3_10_7_2_data_before_the_handshake_is_no_part_of_the_stream()
    {
        byte[] early = RuleBench.Tcp(TcpFlags.Ack, "EVIL"u8.ToArray());
        Assert.Empty(RuleBench.Inspect(Rules, Options, [early, .. Handshake, RuleBench.Tcp(TcpFlags.Ack, "good"u8.ToArray()), Ack(4)]));
        Assert.Equal([1u], RuleBench.Inspect(Rules, Options, [early, .. Handshake, RuleBench.Tcp(TcpFlags.Ack, "EVIL"u8.ToArray()), Ack(4)]));
    }

    [Fact]
    public void Data_in_a_SYN_without_a_cookie_is_what_receivers_throw_away()
    {
        byte[] syn = RuleBench.Tcp(TcpFlags.Syn, "EVIL"u8.ToArray());
        Assert.Empty(RuleBench.Inspect(Rules, Options, [syn, .. Handshake[1..], RuleBench.Tcp(TcpFlags.Ack, "good"u8.ToArray()), Ack(4)]));

        // The real data begins at the same place.
        Assert.Equal([1u], RuleBench.Inspect(Rules, Options, [RuleBench.Tcp(TcpFlags.Syn, "good"u8.ToArray()), .. Handshake[1..], RuleBench.Tcp(TcpFlags.Ack, "EVIL"u8.ToArray()), Ack(4)]));
    }

    [Fact]
    public void A_reset_that_its_sender_belies_hides_nothing()
    {
        byte[] reset = RuleBench.Tcp(TcpFlags.Rst, [], sequence: 1);
        Assert.Equal([3u, 1u], Sids(Options, reset, RuleBench.Tcp(TcpFlags.Ack, "EVIL"u8.ToArray()), Ack(4)));
        Assert.Equal([3u, 1u], Sids(Options, RuleBench.Tcp(TcpFlags.Ack, "EV"u8.ToArray()), Ack(2), RuleBench.Tcp(TcpFlags.Rst, [], sequence: 3), RuleBench.Tcp(TcpFlags.Ack, "IL"u8.ToArray(), sequence: 3), Ack(4)));
    }

    [Fact]
    public void Inline_a_retransmission_with_other_bytes_is_counted_and_looked_at_again()
    {
        using var detector = new IntrusionDetector(RuleImage.Compile(Rules), Options with { IsInline = true });
        var alerts = new Alert[4];
        int found = 0;
        foreach (byte[] frame in (byte[][])[.. Handshake, RuleBench.Tcp(TcpFlags.Ack, "EVIL"u8.ToArray()), RuleBench.Tcp(TcpFlags.Ack, "good"u8.ToArray())])
        {
            Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
            _ = detector.InspectAndNormalize(frame, layout, default, alerts, out int count, out _);
            found += count;
        }

        Assert.Equal((2, 1L, 1L), (found, detector.Counters.Conflicts, detector.Counters.Normalized));
    }

    [Fact]
    public void Every_packet_matches_fifty_rules_and_each_alert_is_written_or_counted()
    {
        RuleSet rules = RuleBench.Rules(string.Join('\n', Enumerable.Range(1, 50).Select(sid => $"alert udp any any -> any any (content:\"hello\"; sid:{sid};)")));
        using var detector = new IntrusionDetector(RuleImage.Compile(rules), RuleBench.Options);
        byte[] frame = RuleBench.Udp("hello"u8.ToArray());
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        var alerts = new Alert[8];
        for (int i = 0; i < 1000; i++)
        {
            _ = detector.Inspect(frame, layout, Timestamp.FromMilliseconds(i), alerts, out _);
        }

        Assert.Equal((8_000L, 42_000L), (detector.Counters.Alerts, detector.Counters.AlertsLost));
    }

    [Fact]
    public void Rules_that_another_thread_exchanges_are_for_each_packet_the_one_set_or_the_other()
    {
        RuleImage[] images = [.. Enumerable.Range(1, 2).Select(set => RuleImage.Compile(RuleBench.Rules($"alert udp any any -> any any (content:\"hello\"; sid:{set}0;)\nalert udp any any -> any any (content:\"hel\"; sid:{set}1;)")))];
        using var detector = new IntrusionDetector(images[0], RuleBench.Options);
        bool stop = false;
        var swapper = new Thread(() =>
        {
            for (int i = 0; !Volatile.Read(ref stop); i++)
            {
                detector.Swap(images[i % 2]);
            }
        })
        {
            IsBackground = true,
        };
        swapper.Start();
        byte[] frame = RuleBench.Udp("hello"u8.ToArray());
        bool isEach = true;
        for (int i = 0; i < 20_000; i++)
        {
            isEach &= RuleBench.Inspect(detector, frame, Timestamp.FromMilliseconds(i)).Sids is [10, 11] or [20, 21];
        }

        Volatile.Write(ref stop, true);
        swapper.Join();
        Assert.True(isEach);
    }

    private static DetectorOptions Options => RuleBench.Options with { StreamCapacity = 16, StreamWindowBytes = 2048, SessionCapacity = 4, FragmentCapacity = 2 };

    private static uint[] Sids(DetectorOptions options, params byte[][] frames) => RuleBench.Inspect(Rules, options, [.. Handshake, .. frames]);

    /// <summary>A first segment whose byte before the pointer is urgent.</summary>
    private static byte[] Urgent(byte[] data, ushort pointer)
    {
        byte[] frame = RuleBench.Tcp(TcpFlags.Ack | TcpFlags.Urg, data);
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(layout.L4Offset + 18), pointer);
        return frame;
    }

    private static byte[] Ack(int bytes) => RuleBench.Tcp(TcpFlags.Ack, [], toServer: false, acknowledgment: (uint)bytes + 1);
}
