using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>The services of a machine take no more time for a burst than they have, and what they take is nobody else's.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class ServiceTimeTests
{
    private readonly StepClock _clock = new();
    private readonly ServiceCatalog _catalog = new();
    private readonly List<string> _log = [];
    private long _step = 10;

    [Fact]
    public void Services_that_had_not_their_turn_in_time_are_out_of_order()
    {
        using ServiceSet set = Make(budget: 5, FailurePolicy.FailClosed);
        ServiceResult result = Send(set, ServiceDirection.FromMachine, Udp(Machine, 1000, Remote, 53)).Result;
        Assert.Equal((ServiceAction.Drop, ServiceReason.BudgetExceeded), (result.Action, result.Reason));
        Assert.Equal((10L, 0L), (set.CountersOf(0).Ticks, set.CountersOf(1).Packets));
    }

    [Theory]
    [InlineData(FailurePolicy.FailClosed, 2)]
    [InlineData(FailurePolicy.BypassEstablished, 2)]
    [InlineData(FailurePolicy.FailOpen, 8)]
    public void New_flows_of_a_burst_share_one_budget_and_its_policy_decides_on_the_rest(FailurePolicy policy, int forwarded)
    {
        using ServiceSet set = Make(budget: 15, policy, "slow");
        for (int burst = 0; burst < 2; burst++)
        {
            // The next burst has the whole budget again.
            byte[][] frames = [.. Enumerable.Range(0, 8).Select(i => Udp(Machine, (ushort)(1000 + burst * 100 + i), Remote, 53))];
            ServiceResult[] results = SendBurst(set, ServiceDirection.FromMachine, frames);
            Assert.Equal(Enumerable.Range(0, 8).Select(i => i < forwarded ? ServiceAction.Forward : ServiceAction.Drop), results.Select(result => result.Action));
            Assert.All(results[forwarded..], result => Assert.Equal(ServiceReason.BudgetExceeded, result.Reason));
        }

        ServiceCounters slow = set.CountersOf(0);
        Assert.Equal((4L, 12L), (slow.Packets, slow.Bypassed + slow.Refused));
        Assert.Equal((2 * forwarded, 16L - 2 * forwarded), (set.FlowCount, set.CountOf(ServiceReason.BudgetExceeded)));
    }

    [Theory]
    [InlineData(FailurePolicy.FailClosed, 0)]
    [InlineData(FailurePolicy.BypassEstablished, 40)]
    [InlineData(FailurePolicy.FailOpen, 40)]
    public void The_clock_is_read_after_every_16_packets_within_a_service(FailurePolicy policy, int forwarded)
    {
        using ServiceSet set = Make(budget: 20, policy);
        _step = 0;
        byte[][] frames = [.. Enumerable.Range(0, 40).Select(i => Udp(Machine, (ushort)(1000 + i), Remote, 53))];
        _ = SendBurst(set, ServiceDirection.FromMachine, frames);
        _ = SendBurst(set, ServiceDirection.ToMachine, [.. Enumerable.Range(0, 40).Select(i => Udp(Remote, 53, Machine, (ushort)(1000 + i)))]);
        Assert.Equal((40, 80L), (set.FlowCount, set.CountersOf(0).Packets));
        _step = 1;
        ServiceResult[] results = SendBurst(set, ServiceDirection.FromMachine, frames);
        Assert.Equal((112L, 32L), (set.CountersOf(0).Packets, set.CountersOf(0).Ticks));
        Assert.Equal(80, set.CountersOf(1).Packets);
        Assert.Equal(forwarded, results.Count(result => result.Action == ServiceAction.Forward));
    }

    [Fact]
    public void A_machine_that_uses_up_its_time_takes_none_of_anothers()
    {
        using ServiceSet set = Make(budget: 15, FailurePolicy.FailClosed);
        using var other = new ServiceSet(Options("slow", "b") with { Machine = new MachineId(8), Clock = _clock, BudgetTicks = 15 }, _catalog);
        byte[][] flood = [.. Enumerable.Range(0, 40).Select(i => Udp(Machine, (ushort)(1000 + i), Remote, 53))];
        for (int burst = 0; burst < 10; burst++)
        {
            _step = 10;
            _ = SendBurst(set, ServiceDirection.FromMachine, flood);
            _step = 1;
            Assert.Equal(ServiceAction.Forward, Out(other, Udp(Machine, (ushort)(1000 + burst), Remote, 53)));
        }

        Assert.True(set.CountOf(ServiceReason.BudgetExceeded) > 0);
        Assert.Equal((0L, 10L, 10L), (other.CountOf(ServiceReason.BudgetExceeded), other.CountersOf(0).Ticks, other.CountersOf(1).Packets));
    }

    private ServiceSet Make(long budget, FailurePolicy policy, params string[] services)
    {
        _catalog.Define<Probe, ProbeState>("slow", _ => new Probe("slow", _log, _ => Pass()), policy);
        _catalog.Define<Probe, ProbeState>("b", _ => new Probe("b", _log), policy);
        return new ServiceSet(Options(services is [] ? ["slow", "b"] : services) with { Clock = _clock, BudgetTicks = budget }, _catalog);
    }

    private ServiceVerdict Pass()
    {
        _clock.Ticks += _step;
        return ServiceVerdict.Pass;
    }
}
