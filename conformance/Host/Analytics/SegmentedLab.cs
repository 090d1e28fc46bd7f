using System.Collections.Concurrent;
using System.Text.Json;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>A web server, a database and a stranger on a switch that judges how well they are segmented.</summary>
internal sealed class SegmentedLab : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, ConcurrentQueue<byte[]>> _arriving = new();

    public string Folder { get; } = Directory.CreateTempSubdirectory("weft-analytics-quotients-").FullName;

    public string Socket => Path.Combine(Folder, "control");

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public SwitchHost Start(SwitchPlan plan) => SwitchHost.Start(plan, new SwitchHostOptions
    {
        OpenPort = port => new QueueLivePort(port.Name, _arriving.GetOrAdd(port.Name, _ => new()), new ConcurrentQueue<byte[]>()),
    });

    public SwitchPlan Plan(string webRules = ToDatabase, string dbRules = FromWeb, string webServices = "[web-rules]", string keys = "", string store = "", string flows = "", string processes = "")
    {
        ConfigurationResult result = ConfigurationFile.ReadText(Text(webRules, dbRules, webServices, keys, store, flows, processes), Path.Combine(Folder, "switch.yaml"));
        Assert.Empty(result.Problems);
        return result.Plan!;
    }

    private const string ToDatabase = "{name: to-db, action: allow, opened: machine, protocol: tcp, ports: 5432}";
    private const string FromWeb = "{name: from-web, action: allow, opened: network, protocol: tcp, ports: 5432, remote: [webs]}";

    public string Text(string webRules = ToDatabase, string dbRules = FromWeb, string webServices = "[web-rules]", string keys = "", string store = "", string flows = "", string processes = "") => $$"""
        schema: weft/1
        switch: {name: lab, controlSocket: {{Socket}}}
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
          {{(store.Length == 0 ? "" : $"store: {store}")}}
          {{(processes.Length == 0 ? "" : $"processes: {processes}")}}
          flows: {flows: 64, idleSeconds: 1{{flows}}}
          quotients:
            updateSeconds: 1
            {{keys}}
            applications:
              - {name: shop, machines: [{name: web, addresses: [10.0.0.1]}, {name: db, addresses: [10.0.0.2]}]}
              - {name: lab, machines: [{name: bench, addresses: [10.0.0.3]}]}
        """.Replace("webs]}, ]", "webs]}]", StringComparison.Ordinal).Replace("443}, ]", "443}]", StringComparison.Ordinal);

    /// <summary>Opens a TCP connection.</summary>
    public void Flow(string port, string from, string to, ushort destinationPort)
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

    public static async Task<AnalyticsSnapshot> Analytics(SwitchHost host) => (await host.SnapshotAsync(SnapshotParts.None)).Analytics!;

    public static async Task<QuotientsSnapshot> Quotients(SwitchHost host) => (await Analytics(host)).Quotients!;

    public static double Part(QuotientsSnapshot seen, string machine, string part) => PartOf(seen, machine, part).Points;

    public static double Possible(QuotientsSnapshot seen, string machine) => PartOf(seen, machine, "covered flows").Possible;

    /// <summary>Waits until quotients look as wanted.</summary>
    public static async Task<QuotientsSnapshot> Until(SwitchHost host, Func<QuotientsSnapshot, bool> condition, string what) =>
        (await UntilAnalytics(host, seen => seen.Quotients is not null && condition(seen.Quotients), what)).Quotients!;

    /// <summary>Waits until analytics looks as wanted.</summary>
    public static async Task<AnalyticsSnapshot> UntilAnalytics(SwitchHost host, Func<AnalyticsSnapshot, bool> condition, string what)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        AnalyticsSnapshot last = await Analytics(host);
        while (!condition(last))
        {
            Assert.False(patience.IsCancellationRequested, $"{what}; there was {JsonSerializer.Serialize(last)}");
            await Task.Delay(20);
            last = await Analytics(host);
        }

        return last;
    }

    private static QuotientPartSnapshot PartOf(QuotientsSnapshot seen, string machine, string part) =>
        seen.Entities.First(entity => entity.Type == "machine" && entity.Name == machine).Parts.First(one => one.Name == part);
}
