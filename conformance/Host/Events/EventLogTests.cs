using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>The ring of events: what is kept, what is lost and said to be lost, and that nobody waits for anybody.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class EventLogTests
{
    private static readonly EventType Happened = new("test", "happened", EventSeverity.Notice, "Something.", "a", "b", "c", "d", "e", "f");

    private static readonly Timestamp Start = Timestamp.FromSeconds(100);

    [Fact]
    public void An_event_comes_out_as_it_went_in_with_the_time_on_both_clocks()
    {
        var log = new EventLog(8);
        log.Publish(Start + TimeSpan.FromSeconds(2.5), Happened, "edge", "word", -7, 0.25, MacAddress.Parse("02:00:00:00:00:0a"), IPv4Address.Parse("192.0.2.1"), new TunnelAddress(IPv6Address.Parse("2001:db8::1")));
        SwitchEvents read = log.Read(0, 10, Start, DateTimeOffset.UnixEpoch);
        SwitchEvent only = Assert.Single(read.Events);
        Assert.Equal((1, 2.5, "test", "happened", "edge", EventSeverity.Notice), (only.Sequence, only.Seconds, only.Source, only.Name, only.Subject, only.Severity));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(2.5), only.Time);
        Assert.Equal("a=word b=-7 c=0.25 d=02:00:00:00:00:0a e=192.0.2.1 f=2001:db8::1", string.Join(' ', only.Fields.Select(field => $"{field.Key}={field.Value}")));
        Assert.Equal((0, 2), (read.Lost, read.Next));
    }

    [Fact]
    public void Fewer_circumstances_than_the_type_names_leave_none_of_an_older_event()
    {
        var log = new EventLog(1);
        log.Publish(Start, Happened, "x", "old", "old", "old");
        log.Publish(Start, Happened, "x", "new");
        Assert.Equal(["a"], Assert.Single(log.Read(0, 10, Start, null).Events).Fields.Keys);
    }

    [Fact]
    public void A_slow_reader_is_told_how_many_events_he_lost()
    {
        var log = new EventLog(4);
        Publish(log, 10);
        SwitchEvents read = log.Read(3, 10, Start, null);
        Assert.Equal(4, read.Lost);
        Assert.Equal([7L, 8, 9, 10], read.Events.Select(happened => happened.Sequence));
        Assert.Equal(11, read.Next);
        Assert.Empty(log.Read(read.Next, 10, Start, null).Events);
    }

    [Fact]
    public void Who_begins_at_the_oldest_has_lost_nothing()
    {
        var log = new EventLog(4);
        Publish(log, 10);
        SwitchEvents read = log.Read(0, 2, Start, null);
        Assert.Equal(0, read.Lost);
        Assert.Equal([7L, 8], read.Events.Select(happened => happened.Sequence));
        Assert.Equal(9, read.Next);
    }

    [Fact]
    public void A_number_from_the_future_reads_nothing_and_goes_on_with_the_next_event()
    {
        var log = new EventLog(4);
        Publish(log, 3);
        Assert.Equal(4, log.Read(1000, 10, Start, null).Next);
        Assert.Equal(0, log.Read(long.MaxValue, 10, Start, null).Lost);
        Assert.Equal(3, log.Read(long.MinValue, 10, Start, null).Events.Count);
    }

    [Fact]
    public async Task Four_writers_and_a_reader_account_for_every_event_and_no_event_is_torn()
    {
        const int EachWriter = 50_000;
        var log = new EventLog(64);
        Task[] writers =
        [
            .. Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
            {
                for (long i = 0; i < EachWriter; i++)
                {
                    long value = (writer * 1_000_000L) + i;
                    log.Publish(Start, Happened, "w", value, value, value, value, value, value);
                }
            })),
        ];
        Task all = Task.WhenAll(writers);
        long seen = 0, lost = 0, next = 1, previous = 0;
        while (true)
        {
            bool isOver = all.IsCompleted;
            SwitchEvents read = log.Read(next, 1000, Start, null);
            foreach (SwitchEvent happened in read.Events)
            {
                Assert.True(happened.Sequence > previous);
                previous = happened.Sequence;
                Assert.Single(happened.Fields.Values.Distinct());
            }

            seen += read.Events.Count;
            lost += read.Lost;
            if (isOver && read.Next == next)
            {
                break;
            }

            next = read.Next;
        }

        await all;
        Assert.Equal(4 * EachWriter, seen + lost);
        Assert.Equal(4 * EachWriter, log.Last);
        Assert.True(seen > 0);
    }

    [Fact]
    public void Every_kind_of_event_has_a_name_of_its_own_and_room_for_its_circumstances()
    {
        Assert.Equal(EventTypes.All.Count, EventTypes.All.Select(type => (type.Source, type.Name)).Distinct().Count());
        Assert.All(EventTypes.All, type =>
        {
            Assert.InRange(type.Fields.Length, 0, EventFields.Most);
            Assert.Matches("^[a-z]+(-[a-z]+)*$", type.Name);
            Assert.EndsWith(".", type.Meaning, StringComparison.Ordinal);
        });
    }

    private static void Publish(EventLog log, int count)
    {
        for (int i = 0; i < count; i++)
        {
            log.Publish(Start, Happened, "x", i);
        }
    }
}
