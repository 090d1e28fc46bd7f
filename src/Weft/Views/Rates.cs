using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>What happened between two pictures of a switch, a second.</summary>
/// <param name="before">The earlier one.</param>
/// <param name="after">The later one.</param>
internal sealed class Rates(SwitchSnapshot before, SwitchSnapshot after)
{
    /// <summary>The later picture.</summary>
    public SwitchSnapshot Now => after;

    /// <summary>Time between the two by the switch's own clock.</summary>
    public double Seconds { get; } = Math.Max(after.UptimeSeconds - before.UptimeSeconds, 0);

    /// <summary>Frames of all ports: received, sent, dropped.</summary>
    public (double Received, double Sent, double Dropped) Totals =>
        (Of(before.Totals.Received, after.Totals.Received), Of(before.Totals.Sent, after.Totals.Sent), Of(before.Totals.Dropped, after.Totals.Dropped));

    /// <summary>Ports with frames and bits, received and sent.</summary>
    public IEnumerable<(PortSnapshot Port, double FramesIn, double BitsIn, double FramesOut, double BitsOut, double Dropped)> Ports => after.Ports.Select(port =>
    {
        PortSnapshot old = before.Ports.FirstOrDefault(earlier => earlier.Name == port.Name) ?? port;
        return (port, Of(old.ReceivedFrames, port.ReceivedFrames), 8 * Of(old.ReceivedBytes, port.ReceivedBytes), Of(old.SentFrames, port.SentFrames), 8 * Of(old.SentBytes, port.SentBytes), Of(old.Dropped, port.Dropped));
    });

    /// <summary>Drops by stage and reason, the most frequent first.</summary>
    public IEnumerable<(string Stage, string Reason, double Rate, long Packets)> Drops => after.Drops
        .GroupBy(drop => (drop.Stage, drop.Reason))
        .Select(group => (group.Key.Stage, group.Key.Reason, Rate: Of(Sum(before, group.Key), group.Sum(drop => drop.Packets)), Packets: group.Sum(drop => drop.Packets)))
        .OrderByDescending(drop => drop.Rate).ThenByDescending(drop => drop.Packets);

    /// <summary>Workers with frames received and handed over.</summary>
    public IEnumerable<(WorkerSnapshot Worker, double Received, double HandedOut, double Sent)> Workers => after.Workers.Select(worker =>
    {
        WorkerSnapshot old = before.Workers.FirstOrDefault(earlier => earlier.Index == worker.Index) ?? worker;
        return (worker, Of(old.Received, worker.Received), Of(old.HandedOut, worker.HandedOut), Of(old.Sent, worker.Sent));
    });

    /// <summary>Tunnel endpoints with frames taken out and put in.</summary>
    public IEnumerable<(TunnelSnapshot Tunnel, double Delivered, double Sent, double Fragments)> Tunnels => after.Tunnels.Select(tunnel =>
    {
        TunnelSnapshot old = before.Tunnels.FirstOrDefault(earlier => earlier.Vtep == tunnel.Vtep) ?? tunnel;
        return (tunnel, Of(old.Delivered, tunnel.Delivered), Of(old.SentWhole + old.Fragmented, tunnel.SentWhole + tunnel.Fragmented), Of(old.FragmentsSent, tunnel.FragmentsSent));
    });

    private static long Sum(SwitchSnapshot snapshot, (string Stage, string Reason) key) => snapshot.Drops.Where(drop => (drop.Stage, drop.Reason) == key).Sum(drop => drop.Packets);

    /// <summary>A counter's rate; a counter that began anew has none.</summary>
    private double Of(long earlier, long later) => Seconds > 0 && later >= earlier ? (later - earlier) / Seconds : 0;
}
