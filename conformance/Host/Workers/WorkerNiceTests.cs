using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Ports;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>The nice value of the threads that forward, as the kernel has it.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class WorkerNiceTests
{
    private const int NiceField = 19; // of /proc/PID/task/TID/stat, counted from 1 (proc(5)); what follows the name begins with the third.

    [Fact]
    public async Task All_workers_have_the_value_that_is_configured_and_nobody_else_has_and_a_reload_changes_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "asks /proc for threads");
        // Greater values are anybody's right, and no other thread of the tests has this one.
        string name = $"n{Environment.ProcessId % 1000}";
        SwitchPlan plan = Resolved() with { Name = name, Workers = 2, WorkerNice = 7, PoolBuffers = 512 };
        await using SwitchHost host = SwitchHost.Start(plan, new SwitchHostOptions { OpenPort = port => new QueueLivePort(port.Name, new(), new()) });
        Assert.True(Wait.Until(() => NiceOf(name) is [7, 7], TimeSpan.FromSeconds(30)), string.Join(' ', NiceOf(name)));
        await host.ReloadAsync(plan with { WorkerNice = 9 });
        Assert.True(Wait.Until(() => NiceOf(name) is [9, 9], TimeSpan.FromSeconds(30)), string.Join(' ', NiceOf(name)));
    }

    [Fact]
    public async Task A_reload_without_the_value_gives_the_workers_what_the_process_has_or_refuses_before_anything_changes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "asks /proc for threads");
        string name = $"m{Environment.ProcessId % 1000}";
        int usual = Niceness.Current;
        SwitchPlan plan = Resolved() with { Name = name, Workers = 2, WorkerNice = usual + 5, PoolBuffers = 512 };
        await using SwitchHost host = SwitchHost.Start(plan, new SwitchHostOptions { OpenPort = port => new QueueLivePort(port.Name, new(), new()) });
        Assert.True(Wait.Until(() => NiceOf(name).SequenceEqual([usual + 5, usual + 5]), TimeSpan.FromSeconds(30)), string.Join(' ', NiceOf(name)));
        // To wait less than now needs a right, even if it is only what the process has.
        if (Niceness.Refusal(usual + 5, usual) is null)
        {
            await host.ReloadAsync(plan with { WorkerNice = null });
            Assert.True(Wait.Until(() => NiceOf(name).SequenceEqual([usual, usual]), TimeSpan.FromSeconds(30)), string.Join(' ', NiceOf(name)));
        }
        else
        {
            SwitchStartException refused = await Assert.ThrowsAsync<SwitchStartException>(() => host.ReloadAsync(plan with { WorkerNice = null }));
            Assert.Contains("switch.workerNice", refused.Message, StringComparison.Ordinal);
            Assert.Equal([usual + 5, usual + 5], NiceOf(name));
        }
    }

    [Fact]
    public void To_wait_longer_is_always_allowed() => Assert.Null(Niceness.Refusal(Niceness.Current, Niceness.Max));

    [Fact]
    public void A_value_that_the_process_may_not_have_is_refused_before_anything_starts()
    {
        Assert.SkipWhen(Niceness.Refusal(Niceness.Current, Niceness.Min) is null, "this process may have any value");
        SwitchStartException refused = Assert.Throws<SwitchStartException>(() => SwitchHost.Start(Resolved() with { WorkerNice = Niceness.Min }, new SwitchHostOptions { OpenPort = port => new QueueLivePort(port.Name, new(), new()) }));
        Assert.Contains("switch.workerNice", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-21)]
    [InlineData(20)]
    public void There_is_no_other_value(int value)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Niceness.Set(value));
        Assert.Throws<ArgumentOutOfRangeException>(() => Niceness.Refusal(value, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Niceness.Refusal(0, value));
    }

    /// <summary>Of the threads whose name begins so: "weft NAME" and "weft NAME 1".</summary>
    private static int[] NiceOf(string name) =>
    [
        .. Directory.EnumerateDirectories("/proc/self/task")
            .Where(task => Read(task, "comm").StartsWith($"weft {name}", StringComparison.Ordinal))
            .Select(task => Read(task, "stat") is { Length: > 0 } stat ? int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[NiceField - 3], System.Globalization.CultureInfo.InvariantCulture) : int.MinValue),
    ];

    private static string Read(string task, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, file));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
