using Weft.Cluster;
using Weft.Conformance.CliTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.HostTests.MachinePlans;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.ServicesTests.ServicesTestBed;
using HostMachine = Weft.Host.Datapath.Machines.Machine;
using MachineState = Weft.Host.Datapath.Machines.MachineState;

namespace Weft.Conformance.HostTests;

/// <summary>The cluster keeps the epochs of machines, so that of two hosts one serves a machine, whatever their configurations say.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class MachineOwnershipTests : IAsyncLifetime
{
    private const uint Number = 7;

    private static readonly MigrationOptions Move = new() { Id = 5, Epoch = 1 };

    private readonly EmbeddedStore _store = new(new EmbeddedStoreOptions());
    private readonly SwitchRig _a = Rig(With(Connections));
    private readonly SwitchRig _b = Rig(With(Connections));
    private readonly MoveHost _atA, _atB;
    private readonly MachineOwners _ofA, _ofB;

    public MachineOwnershipTests()
    {
        (_atA, _atB) = (HostOf(_a), HostOf(_b));
        (_ofA, _ofB) = (new MachineOwners(_store, "a"), new MachineOwners(_store, "b"));
        MachineOf(_a).State = MachineOf(_b).State = MachineState.Claiming;
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_hosts_that_both_want_a_machine_get_it_once_and_the_other_drops_its_packets()
    {
        _a.Pass(Web1, Udp(Machine, 1, Remote, 53));
        Assert.Equal(1, _a.Drops()["machine-elsewhere"]);
        await ClaimAsync(_atA, _ofA);
        await ClaimAsync(_atB, _ofB);
        Assert.Equal(("serving", 1UL), StateOf(_a));
        Assert.Equal(("gone", 1UL), StateOf(_b));
        Assert.Equal("vm1", Assert.Single(_b.Switch.ReadEvents().Events, happened => happened.Name == "fenced").Subject);
        _b.Pass(Web1, Udp(Machine, 1, Remote, 53));
        _a.Pass(Web1, Udp(Machine, 1, Remote, 53));
        Assert.Equal((1, 0), (_a.Out(Web2).Count, _b.Out(Web2).Count));
    }

    [Fact]
    public async Task A_host_that_starts_again_serves_what_it_owns_whatever_its_configuration_says()
    {
        await ClaimAsync(_atA, _ofA);
        Assert.True(await _ofB.TryTakeAsync(Number, 1, Stop));
        await ClaimAsync(_atB, _ofB);
        Assert.Equal(("serving", 2UL), StateOf(_b));
    }

    [Fact]
    public async Task A_host_that_slept_through_the_loss_of_its_machine_stops_as_soon_as_it_hears_of_it()
    {
        await ClaimAsync(_atA, _ofA);
        _a.Pass(Web1, Udp(Machine, 1, Remote, 53));
        Assert.True(await _ofB.TryTakeAsync(Number, 1, Stop));
        await foreach ((uint machine, Ownership owner) in _ofA.FollowAsync(Stop))
        {
            await _atA.OwnedAsync(machine, owner.Owner == "a", (ulong)owner.Epoch, owner.Owner);
            break;
        }

        _a.Pass(Web1, Udp(Machine, 1, Remote, 53));
        Assert.Equal(("gone", 2UL), StateOf(_a));
        Assert.Equal((1, 0, 1), (_a.Out(Web2).Count, MachineOf(_a).Set.FlowCount, (int)_a.Drops()["machine-elsewhere"]));
    }

    [Fact]
    public async Task A_move_is_claimed_from_the_cluster_and_lost_if_somebody_was_faster()
    {
        await ClaimAsync(_atA, _ofA);
        await _atB.OwnedAsync(Number, isHere: false, 1, "a");
        MachineOf(_b).State = MachineState.Standby;
        _a.Pass(Web1, Udp(Machine, 1, Remote, 53));
        Assert.Null(await _atB.ArriveAsync(Number, Move));
        await _atA.LeaveAsync("vm1", Move, "b");
        List<byte[]> toA = await PumpAsync();
        Assert.Equal((1UL, "arriving"), (await _atB.ClaimDueAsync(Number, Move.Id), StateOf(_b).State));
        Assert.Empty(toA);

        // A third host, or a person, has taken it meanwhile.
        Assert.True(await new MachineOwners(_store, "c").TryTakeAsync(Number, 1, Stop));
        bool won = await _ofB.TryTakeAsync(Number, 1, Stop);
        List<byte[]> answers = await _atB.ClaimedAsync(Number, Move.Id, won);
        (_, MoveSnapshot state) = await _atA.StepDepartureAsync("vm1", answers);
        Assert.Equal((false, "aborted", "claim-lost", "standby"), (won, state.State, state.Failure, StateOf(_b).State));
    }

    [Fact]
    public async Task A_target_that_died_after_it_was_told_to_take_over_never_gets_the_machine_once_the_source_has_settled()
    {
        await ClaimAsync(_atA, _ofA);
        MachineOf(_b).State = MachineState.Standby;
        _a.Pass(Web1, Udp(Machine, 1, Remote, 53));
        Assert.Null(await _atB.ArriveAsync(Number, Move));
        await _atA.LeaveAsync("vm1", Move, "b");
        _ = await PumpAsync();
        (bool isHere, ulong epoch) = await _ofA.SettleAsync(Number, 1, Stop);
        _ = await _atA.KeepAsync("vm1", epoch);
        Assert.Equal((true, 2UL, ("serving", 2UL), 1), (isHere, epoch, StateOf(_a), MachineOf(_a).Set.FlowCount));
        Assert.False(await _ofB.TryTakeAsync(Number, 1, Stop));
    }

    [Fact]
    public async Task A_target_that_does_not_reach_the_store_loses_the_machine_to_a_source_that_does()
    {
        await ClaimAsync(_atA, _ofA);
        MachineOf(_b).State = MachineState.Standby;
        _a.Pass(Web1, Udp(Machine, 1, Remote, 53));
        var line = new SimulatedLine(_store, new StoreLoad()) { IsCut = true };
        var plan = new MovesPlan { Listen = new TunnelAddress(IPv4Address.Parse("127.0.0.1")), Port = FreePort.OnLoopback(), Key = new byte[32], Timeout = TimeSpan.FromMilliseconds(200) };
        await using (MoveListener listener = MoveListener.Start(plan, _atB, new MachineOwners(line, "b"))!)
        {
            MoveSnapshot state = await new MoveSender(_atA, plan, new MoveHostPlan("b", plan.Listen!.Value, plan.Port), _ofA, Stop).RunAsync("vm1");
            Assert.NotEqual("moved", state.State);
            Assert.Equal((("serving", 2UL), 1), (StateOf(_a), MachineOf(_a).Set.FlowCount));
            Assert.Equal("arriving", StateOf(_b).State);

            // It hears so as soon as it reaches the store again.
            line.IsCut = false;
            Assert.True(Wait.Until(() => StateOf(_b).State == "standby", TimeSpan.FromSeconds(30)), StateOf(_b).State);
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public Task Whatever_source_and_target_ask_the_store_in_whichever_order_exactly_one_owns_the_machine()
    {
        return Task.WhenAll(Enumerable.Range(1, 200).Select(async seed =>
        {
            await using var store = new EmbeddedStore(new EmbeddedStoreOptions());
            MachineOwners source = new(store, "a"), target = new(store, "b");
            _ = await source.ClaimAsync(Number, wants: true, Stop);
            var random = new Random(seed);
            Task<bool> take = After(random.Next(3), () => target.TryTakeAsync(Number, 1, Stop));
            Task<(bool IsHere, ulong Epoch)> settle = After(random.Next(3), () => source.SettleAsync(Number, 1, Stop));
            (bool taken, (bool isHere, ulong epoch)) = (await take, await settle);
            Assert.NotEqual(taken, isHere);
            Assert.Equal(2UL, epoch);
        }));

        static async Task<T> After<T>(int yields, Func<Task<T>> then)
        {
            while (yields-- > 0)
            {
                await Task.Yield();
            }

            return await then();
        }
    }

    [Theory]
    [InlineData(true, "serving", 3UL)]
    [InlineData(false, "gone", 2UL)]
    public async Task Without_a_cluster_a_person_says_where_the_machine_is_whose_target_stays_dead(bool isHere, string state, ulong epoch)
    {
        MachineOf(_a).State = MachineState.Serving;
        MachineOf(_a).Epoch = 1;
        MachineOf(_b).State = MachineState.Standby;
        MoveHost a = new(_a.Switch, question => Task.FromResult(question()));
        await Assert.ThrowsAsync<InvalidOperationException>(() => a.SettleAsync("vm1", isHere));
        Assert.Null(await _atB.ArriveAsync(Number, Move));
        await a.LeaveAsync("vm1", Move, "b");
        _ = await PumpAsync();
        byte[] waiting = Udp(Machine, 1, Remote, 53);
        _a.Pass(Web1, waiting);
        Assert.Equal(1, _a.Switch.Totals.Held);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _atA.SettleAsync("vm1", isHere));
        _ = await a.SettleAsync("vm1", isHere);
        _a.Run();
        Assert.Equal((state, epoch), StateOf(_a));
        Assert.Equal(isHere ? 1 : 0, _a.Out(Web2).Count);
    }

    [Fact]
    public async Task Hosts_that_encrypt_with_the_same_key_do_not_move_a_machine()
    {
        using var lab = new EncryptionLab();
        using var other = new SwitchRig(MachinePlans.With(machine => machine with { IsStandby = true }, lab.Service(isLeft: true)));
        using var right = new SwitchRig(MachinePlans.With(machine => machine with { IsStandby = true }, lab.Service(isLeft: true, outbound: 0x7007)));
        MoveHello hello = MoveHello.Read((await HostOf(lab.Left).MayLeaveAsync("vm1")).ToFrame().Body);
        Assert.Single(hello.Keys);
        Assert.Contains("each host needs outbound keys of its own", await HostOf(other).ArriveAsync(Number, Move, hello.Keys));
        Assert.Null(await HostOf(right).ArriveAsync(Number, Move, hello.Keys));
    }

    [Fact]
    public async Task Hosts_in_a_cluster_serve_a_machine_once_the_store_has_said_so()
    {
        using var folder = new TemporaryFolder();
        SwitchPlan plan = With(Connections) with { Cluster = new ClusterPlan { Host = "a", File = folder.File("store"), Lease = TimeSpan.FromSeconds(10) } };
        await using (SwitchHost first = StartHost(plan))
        {
            await UntilAsync(first, "serving", 1);
        }

        await using (SwitchHost again = StartHost(plan))
        {
            await UntilAsync(again, "serving", 1);
        }

        await using SwitchHost second = StartHost(plan with { Cluster = plan.Cluster with { Host = "b" } });
        await UntilAsync(second, "gone", 1);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _a.Dispose();
        _b.Dispose();
        await _store.DisposeAsync();
    }

    private static SwitchHost StartHost(SwitchPlan plan) => SwitchHost.Start(plan, new SwitchHostOptions { Seed = SwitchRig.Seed, OpenPort = port => new IdleLivePort(port.Name) });

    private static async Task UntilAsync(SwitchHost host, string state, ulong epoch)
    {
        MachineSnapshot? seen = null;
        for (int look = 0; look < 600; look++)
        {
            seen = (await host.SnapshotAsync(SnapshotParts.None)).Machines[0];
            if (seen.State == state && seen.Epoch == epoch)
            {
                return;
            }

            await Task.Delay(50, Stop);
        }

        Assert.Fail($"the machine is {seen?.State} under epoch {seen?.Epoch}");
    }

    /// <summary>What the host's fence does with the machines that nobody has spoken about.</summary>
    private static async Task ClaimAsync(MoveHost host, MachineOwners owners)
    {
        foreach ((uint machine, bool wants) in await host.ClaimsAsync())
        {
            Ownership? owner = (await owners.ClaimAsync(machine, wants, Stop))?.Ownership;
            await host.OwnedAsync(machine, owner?.Owner == owners.Host, (ulong)(owner?.Epoch ?? 0), owner?.Owner);
        }
    }

    /// <summary>Carries messages until the target is to claim; gives back what it has said since.</summary>
    private async Task<List<byte[]>> PumpAsync()
    {
        List<byte[]> answers = [];
        for (int round = 0; round < 100; round++)
        {
            (List<byte[]> send, _) = await _atA.StepDepartureAsync("vm1", answers);
            answers = await _atB.StepArrivalAsync(Number, Move.Id, [.. send.Select(message => new MoveFrame(MoveFrameKind.Message, message))]);
            if (await _atB.ClaimDueAsync(Number, Move.Id) is not null)
            {
                return answers;
            }
        }

        throw new InvalidOperationException("the target was never told to take over");
    }

    private static MoveHost HostOf(SwitchRig rig) => new(rig.Switch, question => Task.FromResult(question()), isShared: true);

    private static HostMachine MachineOf(SwitchRig rig) => rig.Switch.MachineOf("vm1").Machine;

    private static (string State, ulong Epoch) StateOf(SwitchRig rig) => (rig.Switch.Snapshot().Machines[0].State, rig.Switch.Snapshot().Machines[0].Epoch);
}
