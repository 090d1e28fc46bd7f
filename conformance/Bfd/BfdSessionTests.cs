using Weft.Bfd;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BfdTests;

/// <summary>A session against RFC 5880, against bytes of FRR's bfdd, and against another one over a wire that fails.</summary>
public sealed class BfdSessionTests
{
    /// <summary>What FRR 8.4.4 sent: Up, multiplier 3, 50 ms for everything.</summary>
    private const string FrrUp = "20c00318ec464b5a847c3b6c0000c3500000c3500000c350";

    private static readonly Timestamp Start = Timestamp.FromMilliseconds(5000);

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc5880_Section6_8_6_Two_ends_come_up_in_a_three_way_handshake()
    {
        var pair = new BfdPair(Options(1), Options(2));
        pair.Run(TimeSpan.FromSeconds(3));
        Assert.Equal((BfdState.Up, BfdState.Up), (pair.Left.State, pair.Right.State));
        Assert.Equal((2u, 1u), (pair.Left.RemoteDiscriminator, pair.Right.RemoteDiscriminator));
        Assert.Equal(BfdState.Up, pair.LeftEvents[^1].Change.To);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc5880_Section6_8_3_Nothing_is_sent_faster_than_once_a_second_until_up()
    {
        var pair = new BfdPair(Options(1), Options(2)) { Lost = _ => true };
        pair.Run(TimeSpan.FromSeconds(60));
        Assert.InRange(pair.SentByLeft.Count, 60, 80);
        Assert.All(pair.SentByLeft, sent => Assert.Equal(1_000_000u, sent.Packet.DesiredMinTxMicroseconds));
        for (int i = 1; i < pair.SentByLeft.Count; i++)
        {
            Assert.InRange((pair.SentByLeft[i].At - pair.SentByLeft[i - 1].At).TotalMilliseconds, 750, 1000);
        }
    }

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(3, 0.75, 1.00)]
    [InlineData(1, 0.75, 0.90)]
    public void Rfc5880_Section6_8_7_The_interval_jitters_within_its_bounds(int multiplier, double least, double most)
    {
        var pair = new BfdPair(Options(1) with { DetectMultiplier = (byte)multiplier }, Options(2) with { DetectMultiplier = (byte)multiplier });
        pair.Run(TimeSpan.FromSeconds(3));
        pair.SentByLeft.Clear();
        pair.Run(TimeSpan.FromSeconds(60));
        double[] gaps = [.. Enumerable.Range(1, pair.SentByLeft.Count - 1).Select(i => (pair.SentByLeft[i].At - pair.SentByLeft[i - 1].At).TotalMilliseconds / 50)];
        Assert.InRange(gaps.Min(), least - 0.001, least + 0.02);
        Assert.InRange(gaps.Max(), most - 0.02, most + 0.001);
    }

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(50, 30, 150)]
    [InlineData(50, 80, 240)]
    [InlineData(10, 10, 30)]
    public void Rfc5880_Section6_8_4_Silence_is_a_failure_after_the_detection_time(int ourMinRx, int theirMinTx, int expected)
    {
        var pair = new BfdPair(
            Options(1) with { RequiredMinRx = TimeSpan.FromMilliseconds(ourMinRx), DesiredMinTx = TimeSpan.FromMilliseconds(50) },
            Options(2) with { DesiredMinTx = TimeSpan.FromMilliseconds(theirMinTx), RequiredMinRx = TimeSpan.FromMilliseconds(50) });
        pair.Run(TimeSpan.FromSeconds(4));
        Assert.Equal(TimeSpan.FromMilliseconds(expected), pair.Left.DetectionTime);

        // The right falls silent; the left calls it down between one detection time after the last packet and one interval more.
        Timestamp silent = pair.Now;
        pair.Lost = toLeft => toLeft;
        pair.Run(TimeSpan.FromSeconds(1));
        (Timestamp at, BfdEvent change) = pair.LeftEvents[^1];
        Assert.Equal((BfdState.Up, BfdState.Down, BfdDiagnostic.ControlDetectionTimeExpired), (change.From, change.To, change.Diagnostic));
        Assert.InRange((at - silent).TotalMilliseconds, expected - Math.Max(ourMinRx, theirMinTx) - 1, expected + 1.1);

        // The left says so, and the right hears it: one-way failures take both ends down.
        Assert.Equal(BfdDiagnostic.NeighborSignaledDown, pair.RightEvents[^1].Change.Diagnostic);
        Assert.False(change.RemoteAdminDown);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_frozen_end_that_wakes_up_finds_itself_down_whatever_waits_in_its_queue()
    {
        var session = new BfdSession(Options(0x847c3b6c), Start);
        byte[] up = Convert.FromHexString(FrrUp);
        byte[] init = [.. up];
        init[1] = 0x80;
        session.Receive(init, 255, Start);
        Assert.True(session.TryTakeEvent(out BfdEvent change));
        Assert.Equal(BfdState.Up, change.To);

        session.Receive(up, 255, Start + TimeSpan.FromSeconds(2));
        Assert.Equal((BfdState.Down, 1L), (session.State, session.Counters.DetectionTimeouts));
        Assert.True(session.TryTakeEvent(out change));
        Assert.Equal((BfdState.Up, BfdState.Down, BfdDiagnostic.ControlDetectionTimeExpired), (change.From, change.To, change.Diagnostic));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc5880_Section6_8_16_Administrative_down_is_a_drain_and_not_a_failure()
    {
        var pair = new BfdPair(Options(1), Options(2));
        pair.Run(TimeSpan.FromSeconds(3));
        pair.Right.AdminDown(pair.Now);
        pair.Run(TimeSpan.FromMilliseconds(20));
        BfdEvent change = pair.LeftEvents[^1].Change;
        Assert.Equal((BfdState.Down, true), (change.To, change.RemoteAdminDown));
        Assert.Equal(BfdDiagnostic.AdministrativelyDown, pair.Right.Diagnostic);

        // It stays down whatever it hears, and comes back when the administrator says so.
        pair.Run(TimeSpan.FromSeconds(5));
        Assert.Equal(BfdState.AdminDown, pair.Right.State);
        Assert.True(pair.Right.Counters.AdministrativelyDown > 0);
        pair.Right.AdminUp(pair.Now);
        pair.Run(TimeSpan.FromSeconds(3));
        Assert.Equal((BfdState.Up, BfdState.Up), (pair.Left.State, pair.Right.State));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc5880_Section6_8_3_Slowing_down_waits_for_the_poll_sequence_and_loses_nothing()
    {
        var pair = new BfdPair(Options(1), Options(2));
        pair.Run(TimeSpan.FromSeconds(3));
        pair.Left.ChangeIntervals(TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(500), pair.Now);
        Assert.Equal(TimeSpan.FromMilliseconds(50), pair.Left.TransmitInterval);
        pair.SentByLeft.Clear();
        pair.Run(TimeSpan.FromMilliseconds(300));
        Assert.Contains(pair.SentByLeft, sent => (sent.Packet.Flags & BfdFlags.Poll) != 0);
        Assert.Equal(TimeSpan.FromMilliseconds(500), pair.Left.TransmitInterval);
        Assert.Equal(TimeSpan.FromMilliseconds(1500), pair.Right.DetectionTime);
        pair.Run(TimeSpan.FromSeconds(20));
        Assert.Equal(0, pair.Left.Counters.WentDown + pair.Right.Counters.WentDown);
        Assert.DoesNotContain(pair.SentByLeft.TakeLast(5), sent => (sent.Packet.Flags & BfdFlags.Poll) != 0);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc5880_Section6_5_Poll_and_final_are_never_in_one_packet()
    {
        var pair = new BfdPair(Options(1), Options(2));
        pair.Run(TimeSpan.FromSeconds(3));
        pair.Left.ChangeIntervals(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(20), pair.Now);
        pair.Right.ChangeIntervals(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(30), pair.Now);
        pair.Run(TimeSpan.FromSeconds(1));
        Assert.Contains(pair.SentByLeft, sent => (sent.Packet.Flags & BfdFlags.Final) != 0);
        Assert.All(pair.SentByLeft, sent => Assert.NotEqual(BfdFlags.Poll | BfdFlags.Final, sent.Packet.Flags & (BfdFlags.Poll | BfdFlags.Final)));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc5880_Section6_1_A_passive_end_speaks_when_spoken_to()
    {
        var pair = new BfdPair(Options(1) with { Passive = true }, Options(2)) { Lost = toLeft => toLeft };
        pair.Run(TimeSpan.FromSeconds(10));
        Assert.Empty(pair.SentByLeft);
        pair.Lost = _ => false;
        pair.Run(TimeSpan.FromSeconds(5));
        Assert.Equal(BfdState.Up, pair.Left.State);
    }

    [Fact, Trait(Kind.Key, Kind.Corpus)]
    public void FRR_is_understood_and_answered_in_its_own_terms()
    {
        var session = new BfdSession(Options(0x847c3b6c), Start);
        byte[] up = Convert.FromHexString(FrrUp);
        byte[] init = [.. up];
        init[1] = 0x80;
        Assert.Equal(BfdReceiveVerdict.Accepted, session.Receive(init, 255, Start));
        Assert.Equal(BfdState.Up, session.State);
        Assert.Equal(BfdReceiveVerdict.Accepted, session.Receive(up, 255, Start));
        Assert.Equal(0xec464b5au, session.RemoteDiscriminator);
        Assert.Equal(TimeSpan.FromMilliseconds(150), session.DetectionTime);
        Assert.Equal(TimeSpan.FromMilliseconds(50), session.TransmitInterval);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Every_truncation_and_every_byte_value_is_survived()
    {
        byte[] good = Convert.FromHexString(FrrUp);
        var session = new BfdSession(Options(0x847c3b6c), Start);
        for (int length = 0; length < good.Length; length++)
        {
            Assert.Equal(BfdReceiveVerdict.Malformed, session.Receive(good.AsSpan(0, length), 255, Start));
        }

        for (int offset = 0; offset < good.Length; offset++)
        {
            for (int value = 0; value < 256; value++)
            {
                byte[] bad = [.. good];
                bad[offset] = (byte)value;
                session.Receive(bad, 255, Start);
                while (session.TryPoll(Start, out _))
                {
                }
            }
        }

        BfdCounters c = session.Counters;
        Assert.Equal(good.Length + good.Length * 256, c.Accepted + c.Malformed + c.AuthenticationMismatch + c.UnknownDiscriminator + c.NotSingleHop + c.AdministrativelyDown);
    }

    [Theory, Trait(Kind.Key, Kind.Property)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_is_lost_both_ends_agree_again_within_seconds_of_a_whole_wire(int seed)
    {
        var random = new Random(seed);
        var pair = new BfdPair(Options(1), Options(2) with { JitterSeed = 9 });
        for (int round = 0; round < 30; round++)
        {
            int loss = random.Next(0, 101);
            bool oneWay = random.Next(2) == 0;
            pair.Delay = TimeSpan.FromMilliseconds(random.Next(0, 20));
            pair.Lost = toLeft => (!oneWay || toLeft) && random.Next(100) < loss;
            pair.Run(TimeSpan.FromMilliseconds(random.Next(1, 3000)));
            pair.Lost = _ => false;
            pair.Run(TimeSpan.FromSeconds(6));
            Assert.Equal((BfdState.Up, BfdState.Up), (pair.Left.State, pair.Right.State));
        }
    }

    [Fact, Trait(Kind.Key, Kind.Alloc)]
    public void Packets_and_timers_allocate_nothing()
    {
        var session = new BfdSession(Options(0x847c3b6c), Start);
        byte[] up = Convert.FromHexString(FrrUp);
        byte[] buffer = new byte[BfdControlPacket.MinLength];
        Timestamp now = Start;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                now += TimeSpan.FromMilliseconds(i % 1000 == 0 ? 400 : 30);
                session.Receive(up, 255, now);
                while (session.TryPoll(now, out BfdControlPacket packet))
                {
                    packet.Write(buffer);
                }

                session.TryTakeEvent(out _);
            }
        }));
        Assert.True(session.Counters.Sent > 0 && session.Counters.DetectionTimeouts > 0);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Wrong_options_are_named_with_their_range()
    {
        Assert.Contains("1 to 4294967295", Assert.Throws<ArgumentOutOfRangeException>(() => new BfdSession(Options(0), Start)).Message);
        Assert.Contains("1 to 255", Assert.Throws<ArgumentOutOfRangeException>(() => new BfdSession(Options(1) with { DetectMultiplier = 0 }, Start)).Message);
        Assert.Contains("1 ms to 60 s", Assert.Throws<ArgumentOutOfRangeException>(() => new BfdSession(Options(1) with { DesiredMinTx = TimeSpan.Zero }, Start)).Message);
    }

    private static BfdSessionOptions Options(uint discriminator) => new() { Discriminator = discriminator };
}
