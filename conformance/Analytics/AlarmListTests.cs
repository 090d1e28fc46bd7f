using Weft.Analytics;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.AnalyticsTests;

/// <summary>The life of alarms (RFC 8632).</summary>
public sealed class AlarmListTests
{
    private static readonly AlarmIdentity Odd = AlarmIdentity.Of(HoloEntropyData.Seed, "vm1/nginx", "odd-behaviour");

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8632_Section3_2_resource_type_and_qualifier_are_one_alarm()
    {
        using AlarmList list = List();
        Assert.Equal(AlarmChange.Raised, list.Raise(Odd, AlarmSeverity.Minor, 60, At(0)));
        Assert.Equal(AlarmChange.None, list.Raise(Odd, AlarmSeverity.Minor, 61, At(1)));
        AlarmIdentity other = AlarmIdentity.Of(HoloEntropyData.Seed, "vm1/nginx", "odd-behaviour", "port 4444");
        Assert.NotEqual(Odd, other);
        Assert.Equal(AlarmChange.Raised, list.Raise(other, AlarmSeverity.Minor, 60, At(1)));
        Assert.Equal(2, list.Count);
        Assert.True(list.TryGet(Odd, out AlarmState state));
        Assert.Equal((2, 61, At(0)), (state.Occurrences, state.Score, state.LastChanged));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8632_Section3_3_clearing_keeps_the_last_severity_and_raising_again_is_no_duplicate()
    {
        using AlarmList list = List();
        _ = list.Raise(Odd, AlarmSeverity.Major, 80, At(0));
        Assert.Equal(AlarmChange.Cleared, list.Clear(Odd, At(1)));
        Assert.Equal(AlarmChange.None, list.Clear(Odd, At(2)));
        Assert.True(list.TryGet(Odd, out AlarmState state));
        Assert.Equal((true, AlarmSeverity.Major), (state.IsCleared, state.Severity));
        Assert.Equal(AlarmChange.Raised, list.Raise(Odd, AlarmSeverity.Major, 80, At(3)));
        Assert.Equal(1, list.Count);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8632_Section3_5_shelving_is_the_operators_state_not_the_alarms()
    {
        using AlarmList list = List();
        _ = list.Raise(Odd, AlarmSeverity.Minor, 60, At(0));
        Drain(list);
        Assert.True(list.Shelve(Odd, shelved: true));
        Assert.Equal(AlarmChange.SeverityChanged, list.Raise(Odd, AlarmSeverity.Critical, 99, At(1)));
        Assert.Empty(Drain(list));
        Assert.True(list.TryGet(Odd, out AlarmState state));
        Assert.Equal((true, AlarmSeverity.Critical), (state.IsShelved, state.Severity));
        Assert.True(list.Shelve(Odd, shelved: false));
        _ = Sweep(list, At(1000));
        Assert.Equal((AlarmChange.SeverityChanged, AlarmSeverity.Critical), Assert.Single(Drain(list).Select(told => (told.Change, told.Severity))));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_flapping_alarm_is_damped_but_what_is_still_so_is_told_later()
    {
        using AlarmList list = List();
        for (int second = 0; second < 20; second += 2)
        {
            _ = list.Raise(Odd, AlarmSeverity.Minor, 60, At(second));
            _ = list.Clear(Odd, At(second + 1));
        }

        _ = list.Raise(Odd, AlarmSeverity.Minor, 60, At(20));
        Assert.Equal([AlarmChange.Raised, AlarmChange.Cleared], Drain(list).Select(told => told.Change));
        _ = Sweep(list, At(200));
        Assert.Empty(Drain(list));
        _ = Sweep(list, At(302));
        Assert.Equal(AlarmChange.Raised, Assert.Single(Drain(list)).Change);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Becoming_worse_is_told_at_once_becoming_better_later()
    {
        using AlarmList list = List();
        _ = list.Raise(Odd, AlarmSeverity.Minor, 60, At(0));
        _ = list.Raise(Odd, AlarmSeverity.Critical, 99, At(1));
        _ = list.Raise(Odd, AlarmSeverity.Minor, 60, At(2));
        Assert.Equal([AlarmSeverity.Minor, AlarmSeverity.Critical], Drain(list).Select(told => told.Severity));
        _ = Sweep(list, At(400));
        Assert.Equal(AlarmSeverity.Minor, Assert.Single(Drain(list)).Severity);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void An_alarm_that_stays_is_repeated_after_four_hours()
    {
        using AlarmList list = List();
        _ = list.Raise(Odd, AlarmSeverity.Minor, 60, At(0));
        Assert.Equal(AlarmChange.None, list.Raise(Odd, AlarmSeverity.Minor, 60, At(4 * 3600 - 1)));
        Assert.Equal(AlarmChange.Repeated, list.Raise(Odd, AlarmSeverity.Minor, 60, At(4 * 3600)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void An_alarm_storm_neither_allocates_nor_loses_the_state_of_an_alarm()
    {
        using AlarmList list = List();
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (ulong i = 0; i < 10_000; i++)
            {
                _ = list.Raise(new AlarmIdentity(i, 1, 0), AlarmSeverity.Minor, 60, At(i));
            }
        }));
        Assert.Equal(100, list.Count);
        Assert.Equal(2 * 9_900, list.Counters.ListFull);
        Assert.Equal(10, list.Waiting);
        Assert.True(list.Counters.NotificationsLost >= 90);
        int told = Drain(list).Count;
        while (list.TryGet(new AlarmIdentity(0, 1, 0), out _) && told < 100)
        {
            _ = Sweep(list, At(30_000));
            int more = Drain(list).Count;
            Assert.NotEqual(0, more);
            told += more;
        }

        Assert.Equal(100, told);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_cleared_alarm_is_forgotten_after_a_day()
    {
        using AlarmList list = List();
        _ = list.Raise(Odd, AlarmSeverity.Minor, 60, At(0));
        _ = list.Clear(Odd, At(10));
        Assert.Equal(0, Sweep(list, At(86_409)));
        Assert.Equal(1, Sweep(list, At(86_410)));
        Assert.Equal(0, list.Count);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void An_option_out_of_range_is_named()
    {
        ArgumentException wrong = Assert.Throws<ArgumentException>(() => new AlarmList(new AlarmListOptions { Seed = HoloEntropyData.Seed, Capacity = 0 }));
        Assert.Contains("Capacity is 0", wrong.Message, StringComparison.Ordinal);
    }

    private static AlarmList List() => new(new AlarmListOptions { Capacity = 100, Notifications = 10, Seed = HoloEntropyData.Seed });

    private static Timestamp At(double seconds) => Timestamp.FromSeconds(seconds);

    private static int Sweep(AlarmList list, Timestamp now) => Enumerable.Range(0, 4).Sum(_ => list.Advance(now));

    private static List<AlarmNotification> Drain(AlarmList list)
    {
        var told = new List<AlarmNotification>();
        while (list.TryTake(out AlarmNotification notification))
        {
            told.Add(notification);
        }

        return told;
    }
}
