using System.Globalization;
using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>The lines of <c>weft top</c>: as many as fit, the most telling ones.</summary>
internal static class TopView
{
    private const int NameWidth = 20;

    /// <summary>The picture.</summary>
    /// <param name="rates">What happened.</param>
    /// <param name="width">Columns; longer lines are cut.</param>
    /// <param name="height">Lines; sections give up lines, and say how many they have not shown.</param>
    public static IReadOnlyList<string> Lines(Rates rates, int width, int height)
    {
        SwitchSnapshot now = rates.Now;
        (double received, double sent, double dropped) = rates.Totals;
        string workers = now.Workers.Count > 1 ? $", {now.Workers.Count} workers" : "";
        string[] head =
        [
            $"{now.Name}: up {Duration(now.UptimeSeconds)}{workers}; weft {now.Version}",
            $"received {Rate(received)}/s, sent {Rate(sent)}/s, dropped {Rate(dropped)}/s; {Tables.Count(now.Totals.Held)} wait",
        ];
        List<List<string>> sections = [Ports(rates), Drops(rates), Tunnels(rates), Workers(rates)];
        _ = sections.RemoveAll(section => section.Count < 2);
        int[] shares = Share([.. sections.Select(section => section.Count)], height - head.Length - sections.Count);
        var lines = new List<string>(head);
        foreach ((List<string> section, int share) in sections.Zip(shares))
        {
            lines.Add("");
            lines.AddRange(share >= section.Count ? section : [.. section.Take(share - 1), $"  … {section.Count - share + 1} more"]);
        }

        return [.. lines.Take(height).Select(line => line.Length > width ? line[..Math.Max(0, width)] : line)];
    }

    private static List<string> Ports(Rates rates) =>
    [
        $"{"PORT",-NameWidth} {"STATE",-10} {"IN/s",10} {"IN bit/s",10} {"OUT/s",10} {"OUT bit/s",10} {"DROP/s",10}",
        .. rates.Ports.Select(port => $"{Name(port.Port.Name)} {port.Port.Status.ToString().ToLowerInvariant(),-10} {Rate(port.FramesIn),10} {Rate(port.BitsIn),10} {Rate(port.FramesOut),10} {Rate(port.BitsOut),10} {Rate(port.Dropped),10}"),
    ];

    private static List<string> Drops(Rates rates) =>
    [
        $"{"DROPS",-NameWidth} {"REASON",-30} {"PER s",10} {"IN ALL",14}",
        .. rates.Drops.Select(drop => $"{Name(drop.Stage)} {drop.Reason,-30} {Rate(drop.Rate),10} {Tables.Count(drop.Packets),14}"),
    ];

    private static List<string> Tunnels(Rates rates) =>
    [
        $"{"TUNNEL ENDPOINT",-NameWidth} {"OUT OF/s",10} {"INTO/s",10} {"FRAGMENTS/s",12} {"PATH MTU",9}",
        .. rates.Tunnels.Select(tunnel => $"{Name(tunnel.Tunnel.Vtep)} {Rate(tunnel.Delivered),10} {Rate(tunnel.Sent),10} {Rate(tunnel.Fragments),12} {tunnel.Tunnel.PathMtuBytes,9}"),
    ];

    private static List<string> Workers(Rates rates) => rates.Now.Workers.Count < 2 ? [] :
    [
        $"{"WORKER",-NameWidth} {"IN/s",10} {"HANDED/s",10} {"OUT/s",10} {"BUFFERS",15}",
        .. rates.Workers.Select(worker => $"{worker.Worker.Index,-NameWidth} {Rate(worker.Received),10} {Rate(worker.HandedOut),10} {Rate(worker.Sent),10} {worker.Worker.BuffersFree,7}/{worker.Worker.Buffers,-7}"),
    ];

    /// <summary>Deals lines out to sections: each gets its fair part, and what short ones leave goes to the others.</summary>
    private static int[] Share(int[] wanted, int lines)
    {
        int[] given = new int[wanted.Length];
        int left = Math.Max(lines, 0);
        for (bool any = true; any && left > 0;)
        {
            any = false;
            for (int i = 0; i < wanted.Length && left > 0; i++)
            {
                if (given[i] < wanted[i])
                {
                    (given[i], left, any) = (given[i] + 1, left - 1, true);
                }
            }
        }

        return [.. given.Select(share => Math.Max(share, 1))];
    }

    private static string Name(string name) => name.Length <= NameWidth ? name.PadRight(NameWidth) : name[..(NameWidth - 1)] + "…";

    /// <summary>A rate in four or five characters: 12.3k.</summary>
    private static string Rate(double value)
    {
        (double scaled, string unit) = value switch
        {
            >= 1e9 => (value / 1e9, "G"),
            >= 1e6 => (value / 1e6, "M"),
            >= 1e4 => (value / 1e3, "k"),
            _ => (value, ""),
        };
        return scaled.ToString(unit.Length == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + unit;
    }

    private static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(seconds);
        return time.TotalDays >= 1 ? $"{(int)time.TotalDays}d {time:hh\\:mm\\:ss}" : time.ToString("hh\\:mm\\:ss", CultureInfo.InvariantCulture);
    }
}
