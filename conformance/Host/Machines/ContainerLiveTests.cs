using System.Text;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.HostTests.MachinePlans;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.ServicesTests.ServicesTestBed;
using SharedMemory = Weft.Host.Datapath.Machines.SharedMemory;

namespace Weft.Conformance.HostTests;

/// <summary>Services in real processes of their own: packets go there and back, processes are killed and started, added and taken away.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class ContainerLiveTests : IDisposable
{
    private const string Word = "blocked word";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-ring-").FullName;

    [Fact]
    public void Packets_visit_the_process_of_their_flow_and_one_that_is_killed_gives_each_packet_back_once()
    {
        LiveRequirements.NeedPrograms(ContainerProcess.Python, "kill");
        using SwitchRig rig = Rig(Plan(2));
        _ = rig.Wait(TimeSpan.FromSeconds(1));
        Assert.False(File.Exists(FileOf(2)));
        RunningCommand first = ContainerProcess.Start(FileOf(0), Word);
        using RunningCommand second = ContainerProcess.Start(FileOf(1), Word);
        Until(rig, () => Count(rig, "alive") == 2);

        // There and back, and the other way for what is answered.
        foreach (ushort port in Enumerable.Range(1, 40))
        {
            rig.Send(Web1, Udp(Machine, port, Remote, 53));
        }

        Until(rig, () => Count(rig, "returned") == 40);
        Assert.Equal(40, rig.Out(Web2).Distinct(BytesComparer.Instance).Count());
        rig.Pass(Web2, Udp(Remote, 53, Machine, 7)).Pass(Web1, Blocked(1));
        Until(rig, () => Count(rig, "returned") == 42);
        Assert.Single(rig.Out(Web1));
        Assert.Equal(1, rig.Switch.Snapshot().Machines[0].Services[0].Dropped + rig.Switch.Snapshot().Machines[0].Dropped);

        // One stands still, gets packets, and is killed with them.
        Command.Run("kill", "-STOP", $"{first.ProcessId}").Required();
        foreach (ushort port in Enumerable.Range(1, 40))
        {
            rig.Send(Web1, Udp(Machine, port, Remote, 53));
        }

        Until(rig, () => Count(rig, "with them") == 20);
        first.Dispose();
        Until(rig, () => Count(rig, "deaths") == 1);
        Assert.Equal((20, 0, 0), (Count(rig, "lost"), Count(rig, "with them"), Count(rig, "forged")));
        Assert.Equal(20, rig.Out(Web2).Count);
        Until(rig, () => rig.Switch.ReadEvents().Events.Any(happened => happened.Name == "container-died"));

        // Its flows go to the other one.
        rig.Pass(Web1, Udp(Machine, 1, Remote, 53)).Pass(Web1, Udp(Machine, 2, Remote, 53));
        Until(rig, () => Count(rig, "returned") == 64);
        Assert.Equal((1, 1), (Count(rig, "alive"), Count(rig, "flows moved")));

        // Started again, it takes part again.
        using RunningCommand third = ContainerProcess.Start(FileOf(0), Word);
        Until(rig, () => Count(rig, "alive") == 2);
    }

    [Fact]
    public void Instances_are_added_and_taken_away_while_flows_run()
    {
        LiveRequirements.NeedPrograms(ContainerProcess.Python);
        using SwitchRig rig = Rig(Plan(1));
        _ = rig.Wait(TimeSpan.FromSeconds(1));
        using RunningCommand first = ContainerProcess.Start(FileOf(0), Word);
        Until(rig, () => Count(rig, "alive") == 1);
        Talk(rig, 1, 10);
        Reload(rig, Plan(2));
        _ = rig.Wait(TimeSpan.FromSeconds(1));
        using RunningCommand second = ContainerProcess.Start(FileOf(1), Word);
        Until(rig, () => Count(rig, "alive") == 2);
        Talk(rig, 1, 20);
        ref ServicePool<Container, ContainerState> pool = ref rig.Switch.Workers[0].Machines.All[0].Set.ServiceAt<ServicePool<Container, ContainerState>, PooledState<ContainerState>>(0);
        Assert.Equal((10, 10, 0), (pool.FlowsOf(0), pool.FlowsOf(1), pool.Moved));
        Reload(rig, Plan(1));
        Talk(rig, 1, 25);
        Assert.Equal((15, 10, 0), (pool.FlowsOf(0), pool.FlowsOf(1), pool.Moved));
        Assert.Equal(0, Count(rig, "lost"));
    }

    [Fact]
    public void What_is_disposed_of_late_leaves_the_file_to_the_one_that_has_its_name_since()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "asks /proc which file has a name");
        var before = SharedMemory.Create(FileOf(0), 4096);
        before.Publish();
        var after = SharedMemory.Create(FileOf(0), 8192);
        after.Publish();
        before.Dispose();
        Assert.Equal(8192, new FileInfo(FileOf(0)).Length);
        after.Dispose();
        Assert.Empty(Directory.EnumerateFiles(_folder));
    }

    [Fact]
    public async Task A_reload_that_makes_a_machine_anew_leaves_its_memory_where_processes_look_for_it()
    {
        SwitchPlan plan = Plan(1);
        await using SwitchHost host = SwitchHost.Start(plan, new SwitchHostOptions { OpenPort = port => new QueueLivePort(port.Name, new(), new()) });
        Assert.True(Wait.Until(() => File.Exists(FileOf(0)), Patience));
        for (int flows = 1; flows <= 20; flows++)
        {
            // Another size of the table of flows: the machine is made anew.
            await host.ReloadAsync(plan with { Machines = [plan.Machines[0] with { IPv4Flows = plan.Machines[0].IPv4Flows + (flows * 1024) }] });
            Assert.True(Wait.Until(() => File.Exists(FileOf(0)) && Directory.GetFiles(_folder).Length == 1, Patience), string.Join(' ', Directory.GetFiles(_folder)));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private SwitchPlan Plan(int instances) => With(new ServicePlan
    {
        Name = "dpi",
        Kind = ServiceKind.Container,
        // On the switch's clock, which the test moves.
        Container = new ContainerPlan { Memory = Path.Combine(_folder, "ring"), Instances = instances, Options = new ContainerOptions { Slots = 64, SlotBytes = 512, Patience = TimeSpan.FromSeconds(10) } },
    });

    private string FileOf(int instance) => Path.Combine(_folder, $"ring.vm1.{instance}");

    /// <summary>A packet of each flow goes there and back.</summary>
    private static void Talk(SwitchRig rig, int from, int to)
    {
        long before = Count(rig, "returned");
        for (int port = from; port <= to; port++)
        {
            rig.Send(Web1, Udp(Machine, (ushort)port, Remote, 53));
        }

        Until(rig, () => Count(rig, "returned") == before + to - from + 1);
        Assert.Equal(to - from + 1, rig.Out(Web2).Count);
    }

    private static byte[] Blocked(ushort port)
    {
        byte[] frame = Udp(Machine, port, Remote, 53, payload: 40);
        Encoding.ASCII.GetBytes(Word).CopyTo(frame, 50);
        return frame;
    }

    private static long Count(SwitchRig rig, string what) => rig.Switch.Snapshot(SnapshotParts.None).Machines[0].Services[0].Counters[what];

    /// <summary>Time passes on the switch's clock, and a little on the processes'.</summary>
    private static void Until(SwitchRig rig, Func<bool> condition) => Assert.True(
        Wait.Until(
            () =>
            {
                rig.Wait(TimeSpan.FromMilliseconds(10));
                return condition();
            },
            Patience),
        string.Join(", ", rig.Switch.Snapshot(SnapshotParts.None).Machines[0].Services[0].Counters));

    private static void Reload(SwitchRig rig, SwitchPlan plan) => rig.Switch.Apply(plan, [.. Enumerable.Range(0, 5).Select(port => rig.Link(port).Left)]);

    private sealed class BytesComparer : IEqualityComparer<byte[]>
    {
        public static readonly BytesComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => obj.Length;
    }
}
