using Weft.Flows.Tables;

namespace Weft.Host.Observe;

/// <summary>What the process needs of the machine: whether it stays the same is the first question of whoever lets it run for months.</summary>
internal static class ProcessMetrics
{
    private const string Descriptors = "/proc/self/fd";

    private static readonly string[] Generations = ["gen0", "gen1", "gen2", "loh", "poh"];

    public static IReadOnlyList<SwitchMetric> All { get; } =
    [
        SwitchMetrics.Gauge("process.memory.usage", "By", "Physical memory of the process.", _ => [SwitchMetrics.Of(Environment.WorkingSet)]),
        SwitchMetrics.Gauge("weft.process.descriptors", "{descriptor}", "Open descriptors of the process.", _ => Directory.Exists(Descriptors) ? [SwitchMetrics.Of(Directory.EnumerateFileSystemEntries(Descriptors).Count())] : []),
        SwitchMetrics.Gauge("weft.process.table.size", "By", "Tables outside the managed heap.", _ => [SwitchMetrics.Of(NativeBlock.BytesOfProcess)]),
        SwitchMetrics.Counter("weft.process.tables.abandoned", "{table}", "Tables that nobody gave back and the collector found: a fault of the switch.", _ => [SwitchMetrics.Of(NativeBlock.Abandoned)]),
        SwitchMetrics.Gauge("dotnet.gc.last_collection.memory.committed_size", "By", "Memory that the managed heap holds, used or not, after the last collection.", _ => [SwitchMetrics.Of(GC.GetGCMemoryInfo().TotalCommittedBytes)]),
        SwitchMetrics.Gauge("dotnet.gc.last_collection.heap.size", "By", "Managed memory after the last collection.", _ => Heap()),
    ];

    private static IEnumerable<MetricValue> Heap()
    {
        long[] bytes = [.. GC.GetGCMemoryInfo().GenerationInfo.ToArray().Select(generation => generation.SizeAfterBytes)];
        return bytes.Take(Generations.Length).Select((size, index) => SwitchMetrics.Of(size, ("dotnet.gc.heap.generation", Generations[index])));
    }
}
