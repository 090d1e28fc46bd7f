using Weft.Ports;

namespace Weft.Host.Observe;

/// <summary>
/// Every metric of a switch, in one list from which the meter, the Prometheus text and the guide are made. How many values there are is
/// decided by the configuration, never by traffic.
/// </summary>
public static class SwitchMetrics
{
    private const string Interface = "network.interface.name";
    private const string Direction = "network.io.direction";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<SwitchMetric> All { get; } =
    [
        Gauge("weft.switch.uptime", "s", "Time since the switch saw its first moment.", s => [Of(s.UptimeSeconds)]),
        Counter("system.network.io", "By", "Bytes that ports received and sent.", s => s.Ports.SelectMany(p => BothWays(p.Name, p.ReceivedBytes, p.SentBytes))),
        Counter("system.network.packet.count", "{packet}", "Frames that ports received and sent.", s => s.Ports.SelectMany(p => BothWays(p.Name, p.ReceivedFrames, p.SentFrames))),
        Counter("system.network.packet.dropped", "{packet}", "Frames that a device lost before the switch could take them.", s => s.Ports.Select(p => Of(p.ReceiveLost, (Interface, p.Name), (Direction, "receive")))),
        Gauge("weft.port.up", "1", "1 if frames can pass a port, else 0.", s => s.Ports.Select(p => Of(p.Status == PortStatus.Up ? 1 : 0, (Interface, p.Name)))),
        Counter("weft.frames", "{packet}", "Frames by where they came from and where they ended: received and generated ones are sent, dropped, consumed or held.", s =>
        [
            Of(s.Totals.Received, ("weft.frame.fate", "received")), Of(s.Totals.Generated, ("weft.frame.fate", "generated")), Of(s.Totals.Sent, ("weft.frame.fate", "sent")),
            Of(s.Totals.Dropped, ("weft.frame.fate", "dropped")), Of(s.Totals.Consumed, ("weft.frame.fate", "consumed")),
        ]),
        Gauge("weft.frames.held", "{packet}", "Frames that wait for a neighbour's MAC address.", s => [Of(s.Totals.Held)]),
        Counter("weft.drops", "{packet}", "Drops by stage, reason and port of ingress; 'weft explain REASON' tells more.", s => s.Drops.Select(d => Of(d.Packets, ("weft.stage", d.Stage), ("weft.drop.reason", d.Reason), (Interface, d.Port)))),
        Counter("weft.stage.packets", "{packet}", "Packets handed to a stage.", s => s.Stages.Select(x => Of(x.Packets, ("weft.stage", x.Name)))),
        Counter("weft.stage.calls", "{call}", "Calls of a stage, one a vector.", s => s.Stages.Select(x => Of(x.Calls, ("weft.stage", x.Name)))),
        Gauge("weft.stage.packet.duration", "s", "Mean time of a packet in a stage, measured on one vector in 32.", s => s.Stages.Select(x => Of(x.NanosecondsPerPacket / 1e9, ("weft.stage", x.Name)))),
        Counter("weft.worker.packets", "{packet}", "Packets that a worker received, took over, handed over, sent and dropped.", s => s.Workers.SelectMany(Worker)),
        Gauge("weft.worker.buffers.free", "{buffer}", "Packet buffers of a worker that are free.", s => s.Workers.Select(w => Of(w.BuffersFree, ("weft.worker", w.Index)))),
        Gauge("weft.worker.buffers.limit", "{buffer}", "Packet buffers of a worker.", s => s.Workers.Select(w => Of(w.Buffers, ("weft.worker", w.Index)))),
        Counter("weft.fdb.changes", "{change}", "Changes of the filtering database, and those that were refused.", s => Learning(s.Learning)),
        .. ProcessMetrics.All,
        .. EngineMetrics.All,
    ];

    internal static SwitchMetric Counter(string name, string unit, string description, Func<SwitchSnapshot, IEnumerable<MetricValue>> read) => new(name, MetricKind.Counter, unit, description, read);

    internal static SwitchMetric Gauge(string name, string unit, string description, Func<SwitchSnapshot, IEnumerable<MetricValue>> read) => new(name, MetricKind.Gauge, unit, description, read);

    internal static MetricValue Of(double value, params (string Name, object Value)[] labels) =>
        new(value, Array.ConvertAll(labels, label => new KeyValuePair<string, object?>(label.Name, label.Value)));

    private static MetricValue[] BothWays(string port, long received, long sent) =>
        [Of(received, (Interface, port), (Direction, "receive")), Of(sent, (Interface, port), (Direction, "transmit"))];

    private static MetricValue[] Worker(WorkerSnapshot worker) =>
        [.. Named([("received", worker.Received), ("handed-in", worker.HandedIn), ("handed-out", worker.HandedOut), ("sent", worker.Sent), ("dropped", worker.Dropped)])
            .Select(pair => Of(pair.Value, ("weft.worker", worker.Index), ("weft.frame.fate", pair.Name)))];

    private static IEnumerable<MetricValue> Learning(LearningTotals totals) => Named(
        [
            ("learned", totals.Learned), ("moved", totals.Moved), ("aged", totals.Aged), ("flushed", totals.Flushed), ("repointed", totals.Repointed), ("limit-reached", totals.LimitReached),
            ("table-full", totals.TableFull), ("static-conflict", totals.StaticConflict), ("sticky-conflict", totals.StickyConflict), ("held-down", totals.HeldDown),
        ])
        .Select(pair => Of(pair.Value, ("weft.fdb.change", pair.Name)));

    private static (string Name, long Value)[] Named((string Name, long Value)[] pairs) => pairs;
}
