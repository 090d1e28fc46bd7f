using System.Collections.Concurrent;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>A web server, a database and a stranger on a switch that judges how well they are segmented.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class QuotientHostTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-analytics-quotients-").FullName;
    private readonly ConcurrentDictionary<string, ConcurrentQueue<byte[]>> _arriving = new();

    [Fact]
    public async Task A_flow_is_covered_only_when_a_rule_at_both_of_its_ends_allows_it()
    {
        await using SwitchHost host = Start(Plan());
        Flow("web", "10.0.0.1", "10.0.0.2", 5432);
        Until(host, seen => Part(seen, "db", "covered flows") > 0 && seen.ObservedFlows == 1, "the flow to the database was not seen");
        Assert.Equal(Possible(host, "db"), Part(Quotients(host), "db", "covered flows"), 6);

        // The database would take it; the web server has no rule to send it.
        await host.ReloadAsync(Plan(webRules: ""));
        Until(host, seen => Part(seen, "db", "covered flows") == 0, "one end alone counted");
        Assert.Equal(1, Quotients(host).ObservedFlows);
    }

    [Fact]
    public async Task Quotients_move_when_a_rule_is_removed_and_what_if_had_said_so()
    {
        await using SwitchHost host = Start(Plan());
        Flow("web", "10.0.0.1", "10.0.0.2", 5432);
        Flow("stranger", "10.0.0.9", "10.0.0.1", 443);
        Until(host, seen => seen.ObservedFlows == 2, "the flows were not seen");
        QuotientsSnapshot before = Quotients(host);

        IReadOnlyList<QuotientForecastSnapshot> forecast = await ControlClient.WhatIfWithoutAsync(Path.Combine(_folder, "control"), "db-rules", "from-web", TestContext.Current.CancellationToken);
        Assert.Equal(before.Entities.Select(entity => entity.Quotient), Quotients(host).Entities.Select(entity => entity.Quotient));
        Assert.Equal(before.Entities.Select(entity => (double?)entity.Quotient), forecast.Select(entity => entity.Before));
        Assert.Contains(forecast, entity => entity is { Type: "machine", Name: "db" } && entity.After < entity.Before);

        await host.ReloadAsync(Plan(dbRules: ""));
        Until(host, seen => seen.Entities[0].Quotient != before.Entities[0].Quotient, "nothing moved");
        Assert.Equal(forecast.Select(entity => (entity.Type, entity.Name, entity.After)), Quotients(host).Entities.Select(entity => (entity.Type, entity.Name, entity.Quotient)));
        Assert.All(Quotients(host).Entities, entity => Assert.Equal(entity.Quotient, entity.Parts.Sum(part => part.Points), 6));
    }

    [Fact]
    public async Task A_quotient_below_the_limit_is_an_alarm_that_says_what_is_missing_and_ends_when_it_is_there()
    {
        await using SwitchHost host = Start(Plan(webServices: "[open]", keys: "alarmBelow: 70"));
        UntilAnalytics(host, seen => seen.Alarms.Any(alarm => alarm is { Type: "segmentation-quotient", Qualifier: "application shop", IsCleared: false }), "no alarm");
        AlarmSnapshot alarm = (await host.SnapshotAsync(SnapshotParts.None)).Analytics!.Alarms.First(alarm => alarm.Qualifier == "application shop");
        Assert.Contains("below 70", alarm.Text, StringComparison.Ordinal);
        Assert.NotEmpty(alarm.Features);

        await host.ReloadAsync(Plan(keys: "alarmBelow: 10"));
        UntilAnalytics(host, seen => seen.Alarms.All(alarm => alarm.Type != "segmentation-quotient" || alarm.IsCleared), "the alarm stays");
    }

    [Fact]
    public async Task What_if_takes_another_configuration_and_refuses_what_is_none()
    {
        await using SwitchHost host = Start(Plan());
        string socket = Path.Combine(_folder, "control");
        string candidate = Path.Combine(_folder, "candidate.yaml");
        await File.WriteAllTextAsync(candidate, Text(webServices: "[open]"), TestContext.Current.CancellationToken);
        UntilAnalytics(host, seen => seen.Quotients is not null, "no quotients");
        IReadOnlyList<QuotientForecastSnapshot> forecast = await ControlClient.WhatIfAsync(socket, candidate, TestContext.Current.CancellationToken);
        Assert.Contains(forecast, entity => entity is { Name: "web" } && entity.After < entity.Before);

        await File.WriteAllTextAsync(candidate, "schema: weft/1\nports: 7\n", TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<ControlException>(() => ControlClient.WhatIfAsync(socket, candidate, TestContext.Current.CancellationToken));
        ControlException unknown = await Assert.ThrowsAsync<ControlException>(() => ControlClient.WhatIfWithoutAsync(socket, "db-rules", "nothing", TestContext.Current.CancellationToken));
        Assert.Contains("from-web", unknown.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private SwitchHost Start(SwitchPlan plan) => SwitchHost.Start(plan, new SwitchHostOptions
    {
        OpenPort = port => new QueueLivePort(port.Name, _arriving.GetOrAdd(port.Name, _ => new()), new ConcurrentQueue<byte[]>()),
    });

    private SwitchPlan Plan(string webRules = ToDatabase, string dbRules = FromWeb, string webServices = "[web-rules]", string keys = "")
    {
        ConfigurationResult result = ConfigurationFile.ReadText(Text(webRules, dbRules, webServices, keys), Path.Combine(_folder, "switch.yaml"));
        Assert.Empty(result.Problems);
        return result.Plan!;
    }

    private const string ToDatabase = "{name: to-db, action: allow, opened: machine, protocol: tcp, ports: 5432}";
    private const string FromWeb = "{name: from-web, action: allow, opened: network, protocol: tcp, ports: 5432, remote: [webs]}";

    private string Text(string webRules = ToDatabase, string dbRules = FromWeb, string webServices = "[web-rules]", string keys = "") => $$"""
        schema: weft/1
        switch: {name: lab, controlSocket: {{Path.Combine(_folder, "control")}}}
        ports:
          - {name: web, type: tap, device: weft-q0}
          - {name: db, type: tap, device: weft-q1}
          - {name: stranger, type: tap, device: weft-q2}
        segments: [{name: s, vlan: 1}]
        addressGroups: [{name: webs, prefixes: [10.0.0.1/32]}]
        services:
          - {name: open, type: connections}
          - name: web-rules
            type: firewall
            firewall: {default: drop, rules: [{name: web, action: allow, opened: network, protocol: tcp, ports: 443}, {{webRules}}]}
          - name: db-rules
            type: firewall
            firewall: {default: drop, rules: [{{dbRules}}]}
        machines:
          - {name: web, id: 1, port: web, services: {{webServices}}}
          - {name: db, id: 2, port: db, services: [db-rules]}
        analytics:
          flows: {flows: 64, idleSeconds: 1}
          quotients:
            updateSeconds: 1
            {{keys}}
            applications:
              - {name: shop, machines: [{name: web, addresses: [10.0.0.1]}, {name: db, addresses: [10.0.0.2]}]}
              - {name: lab, machines: [{name: bench, addresses: [10.0.0.3]}]}
        """.Replace("webs]}, ]", "webs]}]", StringComparison.Ordinal).Replace("443}, ]", "443}]", StringComparison.Ordinal);

    /// <summary>Opens a TCP connection.</summary>
    private void Flow(string port, string from, string to, ushort destinationPort)
    {
        byte[] frame = new byte[60];
        TestFrames.B.Write(frame);
        TestFrames.A.Write(frame.AsSpan(6));
        (frame[12], frame[14], frame[17], frame[22], frame[23]) = (8, 0x45, 40, 64, 6);
        IPv4Address.Parse(from).Write(frame.AsSpan(26));
        IPv4Address.Parse(to).Write(frame.AsSpan(30));
        (frame[34], frame[35], frame[36], frame[37], frame[46], frame[47]) = (0xC3, 0x50, (byte)(destinationPort >> 8), (byte)destinationPort, 0x50, 2);
        TestFrames.FixHeaderChecksum(frame);
        _arriving.GetOrAdd(port, _ => new()).Enqueue(frame);
    }

    private static QuotientsSnapshot Quotients(SwitchHost host) => host.SnapshotAsync(SnapshotParts.None).Result.Analytics!.Quotients!;

    private static double Part(QuotientsSnapshot seen, string machine, string part) =>
        seen.Entities.First(entity => entity.Type == "machine" && entity.Name == machine).Parts.First(one => one.Name == part).Points;

    private static double Possible(SwitchHost host, string machine) =>
        Quotients(host).Entities.First(entity => entity.Type == "machine" && entity.Name == machine).Parts.First(one => one.Name == "covered flows").Possible;

    private static void Until(SwitchHost host, Func<QuotientsSnapshot, bool> condition, string what) =>
        UntilAnalytics(host, seen => seen.Quotients is not null && condition(seen.Quotients), what);

    private static void UntilAnalytics(SwitchHost host, Func<AnalyticsSnapshot, bool> condition, string what)
    {
        AnalyticsSnapshot last = new();
        Assert.True(Wait.Until(() => condition(last = host.SnapshotAsync(SnapshotParts.None).Result.Analytics!), Patience), $"{what}; there was {System.Text.Json.JsonSerializer.Serialize(last)}");
    }
}
