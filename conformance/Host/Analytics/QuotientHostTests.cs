using Weft.Analytics;
using Weft.Conformance.Support;
using Weft.Host.Analytics.Quotients;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>A web server, a database and a stranger on a switch that judges how well they are segmented.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class QuotientHostTests : IDisposable
{
    private readonly SegmentedLab _lab = new();

    [Fact]
    public async Task A_flow_is_covered_only_when_a_rule_at_both_of_its_ends_allows_it()
    {
        await using SwitchHost host = _lab.Start(_lab.Plan());
        _lab.Flow("web", "10.0.0.1", "10.0.0.2", 5432);
        _ = await SegmentedLab.Until(host, seen => SegmentedLab.Part(seen, "db", "covered flows") > 0 && seen.ObservedFlows == 1, "the flow to the database was not seen");
        Assert.Equal(SegmentedLab.Possible(await SegmentedLab.Quotients(host), "db"), SegmentedLab.Part((await SegmentedLab.Quotients(host)), "db", "covered flows"), 6);

        // The database would take it; the web server has no rule to send it.
        await host.ReloadAsync(_lab.Plan(webRules: ""));
        _ = await SegmentedLab.Until(host, seen => SegmentedLab.Part(seen, "db", "covered flows") == 0, "one end alone counted");
        Assert.Equal(1, (await SegmentedLab.Quotients(host)).ObservedFlows);
    }

    [Fact]
    public async Task Quotients_move_when_a_rule_is_removed_and_what_if_had_said_so()
    {
        await using SwitchHost host = _lab.Start(_lab.Plan());
        _lab.Flow("web", "10.0.0.1", "10.0.0.2", 5432);
        _lab.Flow("stranger", "10.0.0.9", "10.0.0.1", 443);
        _ = await SegmentedLab.Until(host, seen => seen.ObservedFlows == 2, "the flows were not seen");
        QuotientsSnapshot before = (await SegmentedLab.Quotients(host));

        IReadOnlyList<QuotientForecastSnapshot> forecast = await ControlClient.WhatIfWithoutAsync(_lab.Socket, "db-rules", "from-web", TestContext.Current.CancellationToken);
        Assert.Equal(before.Entities.Select(entity => entity.Quotient), (await SegmentedLab.Quotients(host)).Entities.Select(entity => entity.Quotient));
        Assert.Equal(before.Entities.Select(entity => (double?)entity.Quotient), forecast.Select(entity => entity.Before));
        Assert.Contains(forecast, entity => entity is { Type: "machine", Name: "db" } && entity.After < entity.Before);

        await host.ReloadAsync(_lab.Plan(dbRules: ""));
        _ = await SegmentedLab.Until(host, seen => seen.Entities[0].Quotient != before.Entities[0].Quotient, "nothing moved");
        Assert.Equal(forecast.Select(entity => (entity.Type, entity.Name, entity.After)), (await SegmentedLab.Quotients(host)).Entities.Select(entity => (entity.Type, entity.Name, entity.Quotient)));
        Assert.All((await SegmentedLab.Quotients(host)).Entities, entity => Assert.Equal(entity.Quotient, entity.Parts.Sum(part => part.Points), 6));
    }

    [Fact]
    public async Task A_quotient_below_the_limit_is_an_alarm_that_says_what_is_missing_and_ends_when_it_is_there()
    {
        await using SwitchHost host = _lab.Start(_lab.Plan(webServices: "[open]", keys: "alarmBelow: 70"));
        _ = await SegmentedLab.UntilAnalytics(host, seen => seen.Alarms.Any(alarm => alarm is { Type: "segmentation-quotient", Qualifier: "application shop", IsCleared: false }), "no alarm");
        AlarmSnapshot alarm = (await host.SnapshotAsync(SnapshotParts.None)).Analytics!.Alarms.First(alarm => alarm.Qualifier == "application shop");
        Assert.Contains("below 70", alarm.Text, StringComparison.Ordinal);
        Assert.NotEmpty(alarm.Features);

        await host.ReloadAsync(_lab.Plan(keys: "alarmBelow: 10"));
        _ = await SegmentedLab.UntilAnalytics(host, seen => seen.Alarms.All(alarm => alarm.Type != "segmentation-quotient" || alarm.IsCleared), "the alarm stays");
    }

    [Fact]
    public async Task What_if_takes_another_configuration_and_refuses_what_is_none()
    {
        await using SwitchHost host = _lab.Start(_lab.Plan());
        string socket = _lab.Socket;
        string candidate = Path.Combine(_lab.Folder, "candidate.yaml");
        await File.WriteAllTextAsync(candidate, _lab.Text(webServices: "[open]"), TestContext.Current.CancellationToken);
        _ = await SegmentedLab.UntilAnalytics(host, seen => seen.Quotients is not null, "no quotients");
        IReadOnlyList<QuotientForecastSnapshot> forecast = await ControlClient.WhatIfAsync(socket, candidate, TestContext.Current.CancellationToken);
        Assert.Contains(forecast, entity => entity is { Name: "web" } && entity.After < entity.Before);

        await File.WriteAllTextAsync(candidate, "schema: weft/1\nports: 7\n", TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<ControlException>(() => ControlClient.WhatIfAsync(socket, candidate, TestContext.Current.CancellationToken));
        ControlException unknown = await Assert.ThrowsAsync<ControlException>(() => ControlClient.WhatIfWithoutAsync(socket, "db-rules", "nothing", TestContext.Current.CancellationToken));
        Assert.Contains("from-web", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flows_and_history_are_there_again_after_a_restart_and_a_reload()
    {
        QuotientsSnapshot before;
        await using (SwitchHost host = _lab.Start(_lab.Plan(store: $"{{sqlite: {Path.Combine(_lab.Folder, "alarms.db")}}}")))
        {
            _lab.Flow("web", "10.0.0.1", "10.0.0.2", 80);
            QuotientsSnapshot seen = await SegmentedLab.Until(host, seen => seen.ObservedFlows == 1 && seen.History.Count > 1, "the flow was not seen");
            await host.ReloadAsync(_lab.Plan(store: $"{{sqlite: {Path.Combine(_lab.Folder, "alarms.db")}}}", keys: "rememberDays: 20"));
            // What the flow changes is worked out after it was seen: the picture counts once it rests.
            do
            {
                before = await SegmentedLab.Until(host, now => now.ObservedFlows == 1 && now.History.Count >= seen.History.Count, "the reload forgot the history");
                await Task.Delay(300, TestContext.Current.CancellationToken);
                seen = await SegmentedLab.Quotients(host);
            }
            while (!Values(before).SequenceEqual(Values(seen)) || before.History.Count != seen.History.Count);
        }

        await using SwitchHost again = _lab.Start(_lab.Plan(store: $"{{sqlite: {Path.Combine(_lab.Folder, "alarms.db")}}}"));
        QuotientsSnapshot after = await SegmentedLab.Until(again, seen => seen.ObservedFlows == 1 && Values(seen).SequenceEqual(Values(before)), "the restart forgot the flow");
        Assert.Equal(before.History, after.History.Take(before.History.Count));
        Assert.DoesNotContain(again.ReadEvents().Events, happened => happened.Name == "state-refused");
    }

    [Fact]
    public void A_log_of_flows_that_is_damaged_or_of_another_format_is_refused_and_one_of_a_later_clock_is_not_younger_than_now()
    {
        var flow = new ObservedFlow(-1, IPv6Address.Parse("::ffff:10.0.0.1"), -1, IPv6Address.Parse("2001:db8::2"), IpProtocol.Tcp, 443);
        Timestamp now = Timestamp.FromSeconds(5000);
        var wall = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        StoredModel stored = new FlowLog([new(flow, Timestamp.FromSeconds(4900))], [new QuotientHistorySnapshot(wall, 70.5)]).Store(now, wall);

        // Another boot, an hour later by the wall clock: monotonic time says something else.
        FlowLog read = FlowLog.TryRead(stored, Timestamp.FromSeconds(10), wall.AddHours(1))!;
        Assert.Equal(flow, Assert.Single(read.Flows).Key);
        Assert.Equal(-3690, read.Flows[0].Value.Nanoseconds / 1e9, 3);
        Assert.Equal(new QuotientHistorySnapshot(wall, 70.5), Assert.Single(read.History));
        Assert.Equal(Timestamp.FromSeconds(10), Assert.Single(FlowLog.TryRead(stored, Timestamp.FromSeconds(10), wall.AddDays(-1))!.Flows).Value);

        Assert.Null(FlowLog.TryRead(stored with { Format = 2 }, now, wall));
        for (int length = 0; length < stored.State.Length; length++)
        {
            Assert.Null(FlowLog.TryRead(stored with { State = stored.State[..length] }, now, wall));
        }
    }

    public void Dispose() => _lab.Dispose();

    private static IEnumerable<double> Values(QuotientsSnapshot seen) => seen.Entities.Select(entity => entity.Quotient);
}
