using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.HostTests.MachinePlans;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>A machine moves between two switches, step by step: what becomes of packets that come at the wrong moment.</summary>
[Trait(Kind.Key, Kind.Model)]
public class MachineMoveTests : IDisposable
{
    private static readonly MigrationOptions Move = new() { Id = 5, Epoch = 1 };

    private readonly SwitchRig _a;
    private readonly SwitchRig _b;
    private readonly MoveHost _from;
    private readonly MoveHost _to;

    public MachineMoveTests()
        : this(workers: 1)
    {
    }

    protected MachineMoveTests(int workers)
    {
        _a = Rig(With(Connections, Firewall(), Balancer) with { Workers = workers });
        _b = Rig(With(machine => machine with { IsStandby = true }, Connections, Firewall(), Balancer) with { Workers = workers });
        (_from, _to) = (HostOf(_a), HostOf(_b));
        _a.Pass(Web1, Udp(Machine, 1000, Virtual, 53)).AllOut();
    }

    [Fact]
    public async Task Packets_that_come_while_the_machine_is_nobodys_go_through_the_services_of_its_new_host_once()
    {
        await BeginAsync();
        List<byte[]> last = await FreezeAsync();
        _a.Pass(Web2, Udp(Remote, 5353, Machine, 1000)).Pass(Web1, Udp(Machine, 1000, Virtual, 53));
        Assert.Empty(_a.AllOut());
        Assert.Equal(2, _a.Switch.Totals.Held);

        await FinishAsync(last);
        List<byte[]> held = await _from.TakeHeldAsync("vm1");
        Assert.Equal((2, 0), (held.Count, _a.Run().Switch.Totals.Held));
        _ = await _to.StepArrivalAsync(7, Move.Id, [.. held.Select(packet => new MoveFrame(MoveFrameKind.Packet, packet))]);
        _b.Run();
        Assert.Equal((Virtual, Machine), Ends(Assert.Single(_b.Out(Web1))));
        Assert.Equal((Machine, Remote), Ends(Assert.Single(_b.Out(Web2))));
        Assert.Equal(("gone", 2UL, 0), StateOf(_a));
        Assert.Equal(("serving", 2UL, 1), StateOf(_b));
        Assert.Equal(1, _a.Switch.Snapshot().Machines[0].Services[0].Packets);
    }

    [Fact]
    public async Task What_comes_later_is_sent_after_it_until_nobody_listens_any_more()
    {
        await BeginAsync();
        await FinishAsync(await FreezeAsync());
        _a.Pass(Web2, Udp(Remote, 5353, Machine, 1000));
        Assert.Single(await _from.TakeHeldAsync("vm1"));
        _a.Pass(Web2, Udp(Remote, 5353, Machine, 1000));
        await _from.EndDepartureAsync("vm1");
        _a.Pass(Web2, Udp(Remote, 5353, Machine, 1000));
        Assert.Equal(2, _a.Drops()["machine-elsewhere"]);
        Assert.Empty(_a.AllOut());
    }

    [Fact]
    public async Task A_move_that_is_given_up_offers_what_was_held_to_the_services_in_its_order()
    {
        await BeginAsync();
        _ = await FreezeAsync(deliverLast: false);
        byte[] first = Udp(Machine, 1000, Virtual, 53), second = Udp(Machine, 1001, Remote, 54);
        _a.Pass(Web1, first).Pass(Web1, second);
        MoveSnapshot ended = await _from.CancelDepartureAsync("vm1");
        Assert.Equal(("aborted", "cancelled"), (ended.State, ended.Failure));
        _a.Run();
        Assert.Equal([(Machine, Remote, 1000), (Machine, Remote, 1001)], _a.Out(Web2).Select(frame => (Ends(frame).Source, Ends(frame).Destination, (frame[34] << 8) | frame[35])));
        Assert.Equal(("serving", 1UL, 2), StateOf(_a));
        await _to.EndArrivalAsync(7, Move.Id);
        Assert.Equal(("standby", 0UL, 0), StateOf(_b));
    }

    [Theory]
    [InlineData(0UL, "serving")]
    [InlineData(1UL, "serving")]
    [InlineData(2UL, "gone")]
    [InlineData(9UL, "gone")]
    public async Task When_the_target_falls_silent_at_the_last_moment_the_epoch_that_it_tells_decides(ulong told, string state)
    {
        await BeginAsync();
        _ = await FreezeAsync();
        Assert.Equal("committing", (await _from.CancelDepartureAsync("vm1")).State);
        _ = await _from.ResolveAsync("vm1", told);
        Assert.Equal(state, StateOf(_a).State);
    }

    [Fact]
    public async Task A_target_that_serves_the_machine_or_knows_a_later_owner_refuses_it()
    {
        Assert.Equal("its machine vm1 is serving", await _from.ArriveAsync(7, Move));
        Assert.Equal("it has no machine of number 8", await _to.ArriveAsync(8, Move));
        await BeginAsync();
        await FinishAsync(await FreezeAsync());
        Assert.Equal("it knows machine vm1 of epoch 2, and epoch 1 is older", await _from.ArriveAsync(7, Move));
        Assert.Equal((2UL, 2UL, 0UL), (await _from.EpochOfAsync(7), await _to.EpochOfAsync(7), await _to.EpochOfAsync(8)));
    }

    [Fact]
    public async Task A_reload_lets_a_move_go_on_unless_it_changes_what_is_moving()
    {
        await BeginAsync();
        Assert.Contains("vm1 is moving", Assert.Throws<ArgumentException>(() => Reload(_a, With(Connections))).Message);
        Reload(_a, With(Connections, Firewall(FirewallAction.Drop, NoDns), Balancer));
        List<byte[]> last = await FreezeAsync();
        _a.Pass(Web1, Udp(Machine, 1000, Virtual, 53));
        Reload(_a, With(Connections, Firewall(), Balancer));
        Assert.Equal(1, _a.Switch.Totals.Held);
        await FinishAsync(last);
        Assert.Single(await _from.TakeHeldAsync("vm1"));
        Assert.Equal(("serving", 2UL, 1), StateOf(_b));
    }

    [Fact]
    public async Task A_switch_that_stops_accounts_for_what_it_held()
    {
        await BeginAsync();
        _ = await FreezeAsync();
        _a.Pass(Web1, Udp(Machine, 1000, Virtual, 53));
        _a.Switch.Stop();
        Assert.True(_a.Switch.Totals.Balanced);
        Assert.Equal((0, 1), (_a.Switch.Totals.Held, _a.Drops()["stopping"]));
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task BeginAsync()
    {
        Assert.Null(await _to.ArriveAsync(7, Move));
        await _from.LeaveAsync("vm1", Move, "b");
    }

    /// <summary>Carries messages until the source has sent everything, and gives the last messages back, which nobody has got.</summary>
    private async Task<List<byte[]>> FreezeAsync(bool deliverLast = true)
    {
        List<byte[]> answers = [];
        while (true)
        {
            (List<byte[]> send, MoveSnapshot state) = await _from.StepDepartureAsync("vm1", answers);
            if (state.State == "committing" || (state.State == "frozen" && !deliverLast) || (state.State == "copying" && send.Count == 0))
            {
                return send;
            }

            if (!deliverLast && state.State == "copying")
            {
                _a.Switch.MachineOf("vm1").Machine.Set.Freeze();
                return send;
            }

            answers = await _to.StepArrivalAsync(7, Move.Id, Frames(send));
        }
    }

    private async Task FinishAsync(List<byte[]> last)
    {
        List<byte[]> answers = await _to.StepArrivalAsync(7, Move.Id, Frames(last));
        (_, MoveSnapshot state) = await _from.StepDepartureAsync("vm1", answers);
        Assert.Equal(("moved", 2UL), (state.State, state.Epoch));
    }

    private static MoveFrame[] Frames(List<byte[]> messages) => [.. messages.Select(message => new MoveFrame(MoveFrameKind.Message, message))];

    private static MoveHost HostOf(SwitchRig rig) => new(rig.Switch, question => Task.FromResult(question()));

    private static (string State, ulong Epoch, int Flows) StateOf(SwitchRig rig)
    {
        MachineSnapshot machine = rig.Switch.Snapshot().Machines[0];
        return (machine.State, machine.Epoch, machine.Flows);
    }

    private static void Reload(SwitchRig rig, SwitchPlan plan) => rig.Switch.Apply(plan, [.. Enumerable.Range(0, 5).Select(port => rig.Link(port).Left)]);

    private static (IPv4Address Source, IPv4Address Destination) Ends(byte[] frame)
    {
        Assert.True(IPv4View.TryParse(frame.AsSpan(14), out IPv4View view));
        return (view.Source, view.Destination);
    }
}
