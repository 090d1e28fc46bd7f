using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Conformance.FlowsTests;

/// <summary>Fragments in every order find what was decided for the first one, and nobody can take the room of all.</summary>
public sealed class FragmentTrackerTests
{
    private static readonly Timestamp Start = Timestamp.FromSeconds(1);

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Every_fragment_gets_the_decision_of_its_first_one_in_whatever_order_they_come()
    {
        // Each number is a fragment: datagram = number / 4, place in it = number % 4.
        Arbitrary<int[]> orders = Arb.From(Gen.Shuffle(Enumerable.Range(0, 24).ToArray()).Select(order => order.ToArray()));
        Prop.ForAll(orders, order =>
        {
            using FragmentTracker<FragmentKey4, int> tracker = Make();
            var seen = new Dictionary<int, int>();
            byte[] buffer = new byte[1600];
            foreach (int fragment in order)
            {
                FragmentKey4 key = Key(fragment / 4);
                if (fragment % 4 == 0)
                {
                    int released = tracker.Learn(in key, 100 + fragment / 4, Start);
                    while (tracker.TryTakeReleased(buffer, out int length, out int value, out int tag))
                    {
                        released--;
                        seen.Add(tag, length == 20 + tag && buffer[0] == tag ? value : -1);
                    }

                    seen.Add(fragment, 100 + fragment / 4);
                    if (released != 0)
                    {
                        return false;
                    }
                }
                else if (tracker.TryFind(in key, Start, out int value))
                {
                    seen.Add(fragment, value);
                }
                // Each datagram has a source of its own: up to 18 fragments wait, and the limits have tests of theirs.
                else if (!tracker.TryHold(in key, (ulong)fragment / 4, Fragment(fragment), fragment, Start))
                {
                    return false;
                }
            }

            return tracker.HeldCount == 0 && seen.Count == 24 && seen.All(pair => pair.Value == 100 + pair.Key / 4);
        }).Check(Chance.Of(300));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc6146_Section4_A_fragment_waits_at_least_two_seconds_and_not_for_ever()
    {
        using FragmentTracker<FragmentKey4, int> tracker = Make();
        Assert.True(tracker.TryHold(Key(1), 1, Fragment(1), 1, Start));
        _ = tracker.Advance(Start + TimeSpan.FromSeconds(1.999), 10);
        Assert.Equal(1, tracker.HeldCount);
        _ = tracker.Advance(Start + TimeSpan.FromSeconds(2), 10);
        Assert.Equal(0, tracker.HeldCount);
        Assert.Equal(1, tracker.Counters.TimedOut);
        Assert.Equal(0, tracker.Learn(Key(1), 5, Start + TimeSpan.FromSeconds(2)));
        Assert.True(tracker.TryFind(Key(1), Start + TimeSpan.FromSeconds(3.9), out _));
        Assert.False(tracker.TryFind(Key(1), Start + TimeSpan.FromSeconds(4), out _));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_million_datagrams_without_a_first_fragment_do_not_touch_those_that_come_in_order()
    {
        using FragmentTracker<FragmentKey4, int> tracker = Make();
        _ = tracker.Learn(Key(0), 42, Start);
        for (int i = 1; i <= 1_000_000; i++)
        {
            _ = tracker.TryHold(new FragmentKey4(new IPv4Address((uint)i), default, IpProtocol.Udp, (ushort)i), (ulong)i, Fragment(1), 1, Start);
        }

        Assert.True(tracker.TryFind(Key(0), Start, out int value));
        Assert.Equal(42, value);
        _ = tracker.Learn(Key(5), 43, Start);
        Assert.True(tracker.TryFind(Key(5), Start, out _));
        Assert.Equal(16, tracker.HeldCount);
        Assert.True(tracker.Counters.RefusedDatagrams > 900_000);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void One_source_and_one_datagram_take_no_more_than_their_share()
    {
        using FragmentTracker<FragmentKey4, int> tracker = Make();
        int held = Enumerable.Range(0, 20).Count(i => tracker.TryHold(Key(1), 1, Fragment(1), i, Start));
        Assert.Equal(4, held);
        held = Enumerable.Range(2, 15).Count(i => tracker.TryHold(Key(i), 1, Fragment(1), i, Start));
        Assert.Equal(12 - 4, held);
        Assert.True(tracker.TryHold(Key(30), 99, Fragment(1), 0, Start));
        Assert.False(tracker.TryHold(Key(31), 98, new byte[1601], 0, Start));
        Assert.Equal((16, 7, 1), (tracker.Counters.RefusedDatagramLimit, tracker.Counters.RefusedSourceLimit, tracker.Counters.RefusedTooLarge));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void When_too_many_are_known_the_oldest_is_forgotten()
    {
        using FragmentTracker<FragmentKey4, int> tracker = Make();
        for (int i = 0; i < 9; i++)
        {
            _ = tracker.Learn(Key(i), i, Start);
        }

        Assert.False(tracker.TryFind(Key(0), Start, out _));
        Assert.True(tracker.TryFind(Key(1), Start, out _));
        Assert.Equal(1, tracker.Counters.Forgotten);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_source_with_as_many_as_there_is_room_for_gives_way_to_itself()
    {
        using FragmentTracker<FragmentKey4, int> tracker = Make();
        _ = tracker.Learn(Key(0), source: 1, 0, Start);
        for (int i = 1; i <= 1000; i++)
        {
            _ = tracker.Learn(Key(i), source: 2, i, Start);
        }

        // Of eight places the first source has one and the other half of the rest, rounded up: its latest.
        int[] known = [.. Enumerable.Range(0, 1001).Where(i => tracker.TryFind(Key(i), Start, out int value) && value == i)];
        Assert.Equal([0, 997, 998, 999, 1000], known);
        Assert.Equal(996, tracker.Counters.Forgotten);

        // Who comes later finds room, and what all know ends like everything else.
        _ = tracker.Learn(Key(2001), source: 3, 7, Start);
        Assert.True(tracker.TryFind(Key(0), Start, out _) && tracker.TryFind(Key(2001), Start, out _));
        Assert.Equal(6, tracker.Advance(Start + TimeSpan.FromSeconds(2), 100));
        for (int i = 0; i < 20; i++)
        {
            _ = tracker.Learn(Key(i), source: (ulong)(i % 3), i, Start + TimeSpan.FromSeconds(3));
        }

        Assert.True(tracker.TryFind(Key(19), Start + TimeSpan.FromSeconds(3), out _));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Nothing_is_allocated_for_fragments()
    {
        using FragmentTracker<FragmentKey4, int> tracker = Make();
        byte[] fragment = Fragment(1);
        byte[] buffer = new byte[1600];
        int second = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                Timestamp now = Timestamp.FromMilliseconds(second++);
                _ = tracker.TryHold(Key(i % 50), (ulong)i, fragment, i, now);
                _ = i % 3 == 0 ? tracker.Learn(Key(i % 50), i, now) : 0;
                while (tracker.TryTakeReleased(buffer, out _, out _, out _))
                {
                }
            }
        }));
    }

    private static FragmentTracker<FragmentKey4, int> Make() => new(new FragmentTrackerOptions
    {
        Datagrams = 8,
        WaitingDatagrams = 16,
        HeldFragments = 32,
        HeldPerDatagram = 4,
        HeldPerSource = 12,
        Seed = new HashSeed(1, 2),
    });

    private static FragmentKey4 Key(int datagram) => new(new IPv4Address(0x0A00_0001), new IPv4Address(0xC000_0201), IpProtocol.Udp, (ushort)datagram);

    private static byte[] Fragment(int number)
    {
        byte[] bytes = new byte[20 + number];
        bytes[0] = (byte)number;
        return bytes;
    }
}
