using System.Diagnostics;
using System.Globalization;
using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary>
/// A process under mixed load that is reloaded, asked and captured in needs no more in its last minutes than in those before. <c>WEFT_SOAK_MINUTES</c> says how long;
/// <c>WEFT_SOAK_REPORT</c> names a file for what was seen. docs/handbook/soak.md has the command and what it came to.
/// </summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class SoakLiveTests
{
    /// <summary>What may be more at the end than in the middle: code that is compiled late, and how far the collector lets the heap grow before it looks.</summary>
    private const double ShareMore = 0.08, BytesMore = 16e6;

    /// <summary>A few seconds are no time in which anything could be flat: code is still being compiled.</summary>
    private const double BytesMoreOfAFewSeconds = 96e6;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static double Minutes => double.Parse(Environment.GetEnvironmentVariable("WEFT_SOAK_MINUTES") ?? "0.08", CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_switch_under_mixed_load_needs_no_more_the_longer_it_lives()
    {
        LiveRequirements.Need("ip", "iperf3", "kill", "ping", "python3");
        LiveRequirements.NeedTap();
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using var lab = new SoakLab();
        lab.Load();
        var span = TimeSpan.FromMinutes(Minutes);
        TimeSpan pause = span < TimeSpan.FromMinutes(1) ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(5);
        var watch = Stopwatch.StartNew();
        var samples = new List<SoakSample>();
        Say(SoakSample.Head);
        do
        {
            await lab.DisturbAsync(cancellation);
            await Task.Delay(pause, cancellation);
            samples.Add(await lab.LookAsync(watch.Elapsed, cancellation));
            Say($"{samples[^1]}");
            Assert.False(lab.Edge.HasExited, lab.Edge.Error);
        }
        while (watch.Elapsed < span || samples.Count < 2);

        Assert.True(samples[^1].Frames > samples[0].Frames, "nothing was carried");
        lab.Rest();
        SoakSample end = await RestedAsync(lab, watch, cancellation);
        Say($"{end}");
        Judge(samples, end, span < TimeSpan.FromMinutes(1) ? BytesMoreOfAFewSeconds : BytesMore);
        Say("flat");
    }

    /// <summary>The first third is for tables and code; the last must need what the one between did.</summary>
    private static void Judge(List<SoakSample> samples, SoakSample end, double margin)
    {
        int third = samples.Count / 3;
        (double Resident, double Heap, double Tables, double Descriptors) before = SoakSample.Most(samples.Skip(third).SkipLast(third)), after = SoakSample.Most(samples.TakeLast(Math.Max(1, third)));
        Assert.True(after.Resident <= (before.Resident * (1 + ShareMore)) + margin, $"resident memory grew from {before.Resident:N0} to {after.Resident:N0}");
        Assert.True(after.Heap <= (before.Heap * (1 + ShareMore)) + margin, $"the heap grew from {before.Heap:N0} to {after.Heap:N0}");
        Assert.True(after.Tables <= (before.Tables * (1 + ShareMore)) + BytesMore, $"tables outside the heap grew from {before.Tables:N0} to {after.Tables:N0}");
        Assert.True(end.TablesAbandoned == 0, $"{end.TablesAbandoned} tables were not given back");
        Assert.True(after.Descriptors <= before.Descriptors + 8, $"descriptors grew from {before.Descriptors} to {after.Descriptors}");
        Assert.True(end.BuffersFree + end.Held == end.BuffersAll, $"of {end.BuffersAll} buffers {end.BuffersFree} are free and {end.Held} hold frames that wait");
    }

    /// <summary>When nobody talks any more all buffers come back; the kernel says some things for a while.</summary>
    private static async Task<SoakSample> RestedAsync(SoakLab lab, Stopwatch watch, CancellationToken cancellation)
    {
        SoakSample sample;
        TimeSpan begun = watch.Elapsed;
        do
        {
            await Task.Delay(300, cancellation);
            sample = await lab.LookAsync(watch.Elapsed, cancellation);
        }
        while (sample.BuffersFree + sample.Held < sample.BuffersAll && watch.Elapsed - begun < Patience);
        return sample;
    }

    private static void Say(string line)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        if (Environment.GetEnvironmentVariable("WEFT_SOAK_REPORT") is { Length: > 0 } report)
        {
            File.AppendAllText(report, line + "\n");
        }
    }
}
