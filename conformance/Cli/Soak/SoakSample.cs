using System.Globalization;

namespace Weft.Conformance.CliTests;

/// <summary>What a process needed at one moment, in bytes and numbers, as its own metrics say.</summary>
internal sealed record SoakSample(TimeSpan At, double Resident, double Heap, double Tables, double TablesAbandoned, double Descriptors, double BuffersFree, double BuffersAll, double Held, double Frames)
{
    public const string Head = "   at s   resident MB   heap MB   tables MB   descriptors   buffers free       frames";

    /// <summary>Reads the text of /metrics.</summary>
    public static SoakSample Read(TimeSpan at, string metrics) => new(
        at,
        Sum(metrics, "process_memory_usage_bytes"),
        Sum(metrics, "dotnet_gc_last_collection_heap_size_bytes"),
        Sum(metrics, "weft_process_table_size_bytes"),
        Sum(metrics, "weft_process_tables_abandoned_total"),
        Sum(metrics, "weft_process_descriptors"),
        Sum(metrics, "weft_worker_buffers_free"),
        Sum(metrics, "weft_worker_buffers_limit"),
        Sum(metrics, "weft_frames_held"),
        Sum(metrics, "weft_frames_total", "fate=\"received\""));

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{At.TotalSeconds,7:F0} {Resident / 1e6,13:F1} {Heap / 1e6,9:F1} {Tables / 1e6,11:F1} {Descriptors,13:F0} {BuffersFree,14:F0} {Frames,12:N0}");

    /// <summary>The most of each that any of the samples needed.</summary>
    public static (double Resident, double Heap, double Tables, double Descriptors) Most(IEnumerable<SoakSample> samples) =>
        samples.Aggregate((0d, 0d, 0d, 0d), (most, sample) => (Math.Max(most.Item1, sample.Resident), Math.Max(most.Item2, sample.Heap), Math.Max(most.Item3, sample.Tables), Math.Max(most.Item4, sample.Descriptors)));

    private static double Sum(string metrics, string name, string label = "") => metrics.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal) && line[name.Length] is ' ' or '{')
        .Sum(line => double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), NumberStyles.Float, CultureInfo.InvariantCulture));
}
