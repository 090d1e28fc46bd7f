using Weft.Bridge;
using Weft.Conformance.HostTests;
using Weft.Conformance.PortsTests;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

/// <summary>Queues tell the ends of congestion before they are full.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class EgressMarkingTests
{
    private const int NotEct = 0, Ect1 = 1, Ect0 = 2, Ce = 3;
    private const byte Expedited = 46;

    /// <summary>A protocol without a sum of its own (RFC 3692).</summary>
    private const byte Experimental = 253;

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.2", Ect0, Ce)]
    [InlineData("10.0.0.1", "10.0.0.2", Ect1, Ce)]
    [InlineData("10.0.0.1", "10.0.0.2", Ce, Ce)]
    [InlineData("10.0.0.1", "10.0.0.2", NotEct, NotEct)]
    [InlineData("2001:db8::1", "2001:db8::2", Ect0, Ce)]
    [InlineData("2001:db8::1", "2001:db8::2", Ect1, Ce)]
    [InlineData("2001:db8::1", "2001:db8::2", NotEct, NotEct)]
    public void Rfc3168_Section5_a_congested_queue_sets_CE_where_the_ends_understand_it(string from, string to, int before, int after)
    {
        EgressScheduler scheduler = Scheduler(marks: 2);
        foreach (int waiting in new[] { 0, 1, 2 })
        {
            byte[] frame = Frame(from, to, before), sent = [.. frame];
            Assert.True(scheduler.TryAdd(0, waiting, frame.Length));
            bool isMarked = scheduler.TryMark(0, sent);
            Assert.Equal(waiting == 2 && before != after, isMarked);
            Assert.Equal(waiting == 2 ? after : before, Ecn(sent));
            Assert.Equal(Expedited, Dscp(sent));
            // Nothing else is another one, and sums are right.
            Assert.Null(NaiveChecksum.Complaint(sent));
            Assert.Equal(isMarked ? sent : frame, sent);
            Assert.True(frame.Length == sent.Length && frame.Zip(sent).Count(pair => pair.First != pair.Second) <= 3);
        }

        Assert.Equal(before == after ? 0 : 1, scheduler.CountersOf(0).Marked);
    }

    [Fact]
    public void Rfc3168_Section6_1_5_what_is_no_IP_and_queues_without_a_threshold_stay_as_they_are()
    {
        byte[] arp = new byte[60];
        _ = new EthernetHeader { Destination = MacAddress.Broadcast, Source = MacAddress.Parse("02:00:00:00:00:01"), EtherType = EtherType.Arp }.Write(arp);
        EgressScheduler marking = Scheduler(marks: 1), silent = Scheduler(marks: 0);
        for (int waiting = 0; waiting < 5; waiting++)
        {
            Assert.True(marking.TryAdd(0, waiting, 60) && silent.TryAdd(0, waiting, 60));
            Assert.False(marking.TryMark(0, [.. arp]));
            Assert.False(marking.TryMark(0, arp.AsSpan(0, waiting * 4)));
            Assert.False(silent.TryMark(0, Frame("10.0.0.1", "10.0.0.2", Ect0)));
        }

        Assert.Equal(0, marking.CountersOf(0).Marked + silent.CountersOf(0).Marked);
    }

    /// <summary>RFC 8257 section 3.1: what waits now decides, not an average of what waited.</summary>
    [Fact]
    public void Rfc8257_Section3_1_a_queue_that_was_emptied_marks_no_more()
    {
        EgressScheduler scheduler = Scheduler(marks: 2);
        for (int waiting = 0; waiting < 3; waiting++)
        {
            Assert.True(scheduler.TryAdd(0, waiting, 60));
        }

        Assert.True(scheduler.TryMark(0, Frame("10.0.0.1", "10.0.0.2", Ect0)));
        Assert.True(scheduler.TryTake(default, out _, out _));
        Assert.False(scheduler.TryMark(0, Frame("10.0.0.1", "10.0.0.2", Ect0)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(8)]
    public void A_threshold_that_is_never_reached_is_refused_by_name(int marks) =>
        Assert.Contains("MarkFrames of queue 0 is", Assert.Throws<ArgumentException>(() => Scheduler(marks)).Message);

    private static EgressScheduler Scheduler(int marks) => new(new EgressSchedulerOptions
    {
        QueueOptions = [.. Enumerable.Repeat(new EgressQueueOptions { Frames = 8, MarkFrames = marks }, EgressSchedulerOptions.Queues)],
    });

    private static byte[] Frame(string from, string to, int ecn)
    {
        byte[] frame = AclFrames.Ip(TestFrames.B, TestFrames.A, from, to, Experimental, new byte[30], dscp: Expedited);
        bool isV6 = frame[12] == 0x86;
        frame[15] |= (byte)(isV6 ? ecn << 4 : ecn);
        if (!isV6)
        {
            TestFrames.FixHeaderChecksum(frame);
        }

        return frame;
    }

    private static int Ecn(byte[] frame) => frame[12] == 0x86 ? frame[15] >> 4 & 3 : frame[15] & 3;

    private static int Dscp(byte[] frame) => frame[12] == 0x86 ? (frame[14] & 15) << 2 | frame[15] >> 6 : frame[15] >> 2;
}
