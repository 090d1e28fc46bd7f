using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>The kernel's TCP through a shaped port, and pings that matter more.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class EgressQueueLiveTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tcp_is_held_to_the_rate_by_its_queue_while_pings_pass_in_another(bool marks)
    {
        LiveRequirements.Need("ping", "iperf3", "ss", "nstat", "sysctl");
        using NetNamespace one = NetNamespace.Create(), two = NetNamespace.Create(), middle = NetNamespace.Create();
        one.AddVeth("a0", middle, "sw0");
        two.AddVeth("b0", middle, "sw1");
        one.AddAddress("a0", "10.9.2.1/24");
        two.AddAddress("b0", "10.9.2.2/24");
        foreach (NetNamespace machine in new[] { one, two })
        {
            _ = machine.Run("sysctl", "-qw", $"net.ipv4.tcp_ecn={(marks ? 1 : 0)}").Required();
        }

        SwitchPlan plan = TestPlans.Resolved(), queued = EgressQueueTests.Queued(rate: 1_250_000, [.. Enumerable.Repeat(new EgressQueueOptions { MarkFrames = marks ? 8 : 0 }, EgressSchedulerOptions.Queues)]);
        await using SwitchHost host = SwitchHost.Start(plan with
        {
            Vteps = [],
            Segments = [TestPlans.Segment("blue", 10, null)],
            Schedulers = [queued.Schedulers[0] with { BurstBytes = 15_000 }],
            Ports = [Port(plan, "web1", "sw0", middle), Port(plan, "web2", "sw1", middle) with { Scheduler = 0 }],
        });
        Assert.True(Wait.Until(() => one.Run("ping", "-c", "1", "-W", "2", "10.9.2.2").Succeeded, Patience));
        using RunningCommand server = two.Start("iperf3", "-s", "--forceflush");
        Assert.True(server.WaitForOutput("Server listening", Patience), server.Error);
        using RunningCommand bulk = one.Start("iperf3", "-c", "10.9.2.2", "-n", "2M");
        Assert.True(Wait.Until(() => one.Run("ping", "-c", "1", "-W", "2", "-Q", "0xb8", "10.9.2.2").Succeeded, Patience));
        bool isDone = bulk.WaitForOutput("iperf Done", Patience);
        SwitchSnapshot end = await host.SnapshotAsync();
        Assert.True(isDone, Told(bulk, server, one, two, end));
        EgressQueueSnapshot[] queues = [.. end.EgressQueues];
        Assert.True(queues[0].Bytes > 1_000_000 && queues[5].Frames > 0, string.Join(", ", queues.Select(queue => queue.ToString())));
        Assert.Equal(0, queues[5].Dropped);
        Assert.True(end.Totals.Balanced, end.Totals.ToString());

        // The kernel's sender hears of every mark (RFC 3168 section 6.1), or of none.
        Assert.Equal(marks, queues[0].Marked > 0);
        string heard = one.Run("nstat", "-asz", "TcpExtTCPDeliveredCE").Required().Output.Split('\n').Single(line => line.StartsWith("TcpExt", StringComparison.Ordinal));
        Assert.Equal(marks, heard.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1] != "0");
    }

    /// <summary>What everybody saw who took part, for the text of a failure.</summary>
    private static string Told(RunningCommand bulk, RunningCommand server, NetNamespace one, NetNamespace two, SwitchSnapshot end) => string.Join(
        '\n',
        bulk.Output,
        bulk.Error,
        server.Output,
        server.Error,
        one.Run("ss", "-tino").Output,
        two.Run("ss", "-tino").Output,
        string.Join('\n', end.Drops),
        string.Join('\n', end.EgressQueues.Where(queue => queue.Frames + queue.Waiting > 0)),
        string.Join('\n', end.Ports),
        end.Totals);

    private static PortPlan Port(SwitchPlan plan, string name, string device, NetNamespace inside) =>
        plan.Ports[TestPlans.Web1] with { Name = name, Kind = PortKind.AfPacket, Device = device, NetworkNamespace = inside.Name };
}
