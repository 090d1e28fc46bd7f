using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>Packets visit the services of their flow, in order, and a set keeps its promises whatever its services do.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class ServiceSetTests
{
    private readonly List<string> _log = [];
    private readonly ServiceCatalog _catalog = new();

    [Fact]
    public void Packets_visit_services_outwards_in_order_and_inwards_in_the_opposite_order()
    {
        using ServiceSet set = Make(("a", null), ("b", null), ("c", null));
        Assert.Equal(ServiceAction.Forward, Out(set, Udp(Machine, 1000, Remote, 53)));
        Assert.Equal(ServiceAction.Forward, In(set, Udp(Remote, 53, Machine, 1000)));
        Assert.Equal(["a*", "b*", "c*", "c", "b", "a"], _log);
        Assert.Equal(1, set.FlowCount);
    }

    [Fact]
    public void A_classifier_chooses_the_services_of_each_flow_and_direction()
    {
        var classifier = new RuleClassifier(
            [new ServiceRule { Protocol = IpProtocol.Udp, FirstPort = 53, LastPort = 53, Selection = new ServiceSelection(new ServiceMask(0b101), new ServiceMask(0b010)) }],
            new ServiceSelection(new ServiceMask(0b001), ServiceMask.None));
        using ServiceSet set = Make(options => options with { Classifier = classifier }, ("a", null), ("b", null), ("c", null));
        _ = Out(set, Udp(Machine, 1000, Remote, 53));
        _ = In(set, Udp(Remote, 53, Machine, 1000));
        _ = Out(set, Udp(Machine, 1000, Remote, 54));
        _ = In(set, Udp(Remote, 54, Machine, 1000));
        Assert.Equal(["a*", "c*", "b", "a*"], _log);
    }

    [Fact]
    public void A_service_that_leaves_a_flow_sees_no_more_of_it_in_that_direction()
    {
        using ServiceSet set = Make(("a", _ => ServiceVerdict.PassAndLeave), ("b", null));
        for (int i = 0; i < 2; i++)
        {
            _ = Out(set, Udp(Machine, 1000, Remote, 53));
            _ = In(set, Udp(Remote, 53, Machine, 1000));
        }

        Assert.Equal(["a*", "b*", "b", "a", "b", "b"], _log);
    }

    [Fact]
    public void A_flow_whose_first_packet_is_dropped_is_not_remembered()
    {
        using ServiceSet set = Make(("a", null), ("b", _ => ServiceVerdict.Drop), ("c", null));
        ServiceResult result = Send(set, ServiceDirection.FromMachine, Udp(Machine, 1000, Remote, 53)).Result;
        Assert.Equal(new ServiceResult(ServiceAction.Drop, ServiceReason.Policy, 1, new ServiceMask(0b011)), result);
        Assert.Equal(0, set.FlowCount);
        Assert.Equal(["a*", "b*", "end a 1", "end b 1", "end c 0"], _log);
    }

    [Fact]
    public void A_service_that_throws_costs_its_packet_and_is_quarantined_after_the_third_time()
    {
        using ServiceSet set = Make(("a", null), ("b", _ => throw new InvalidOperationException("fault")));
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(ServiceAction.Drop, Out(set, Udp(Machine, (ushort)(1000 + i), Remote, 53)));
        }

        Assert.True(set.IsQuarantined(1));
        Assert.Equal(3, set.CountersOf(1).Faults);
        Assert.Equal((5L, 3L), (set.CountersOf(0).Packets, set.CountersOf(1).Packets));
        Assert.Equal(3, set.CountOf(ServiceReason.ServiceFault));
        Assert.Equal(2, set.CountOf(ServiceReason.ServiceQuarantined));
        set.ReleaseFromQuarantine(1);
        Assert.False(set.IsQuarantined(1));
    }

    [Fact]
    public void Faults_rarer_than_the_rule_says_quarantine_nobody()
    {
        using ServiceSet set = Make(("a", _ => throw new InvalidOperationException("fault")));
        for (int i = 0; i < 9; i++)
        {
            Assert.Equal(ServiceReason.ServiceFault, Send(set, ServiceDirection.FromMachine, Udp(Machine, 1000, Remote, 53), Start + TimeSpan.FromSeconds(11 * i)).Result.Reason);
        }

        Assert.Equal((false, 9L), (set.IsQuarantined(0), set.CountersOf(0).Faults));
    }

    [Fact]
    public void A_fault_with_one_packet_of_a_burst_leaves_the_others_alone()
    {
        bool fails = false;
        using ServiceSet set = Make(("a", frame => fails && frame[35] == 0xEA ? throw new InvalidOperationException("fault") : ServiceVerdict.Pass), ("b", null));
        byte[][] frames = [.. new ushort[] { 1000, 1002, 1001 }.Select(port => Udp(Machine, port, Remote, 53))]; // 1002 = 0x03EA
        _ = SendBurst(set, ServiceDirection.FromMachine, frames);
        Assert.Equal(3, set.FlowCount);
        _log.Clear();
        fails = true;
        ServiceResult[] results = SendBurst(set, ServiceDirection.FromMachine, frames);
        Assert.Equal([ServiceAction.Forward, ServiceAction.Drop, ServiceAction.Forward], results.Select(result => result.Action));
        Assert.Equal(["a", "a", "a", "b", "b"], _log);
        Assert.Equal((6L, 5L, 1L), (set.CountersOf(0).Packets, set.CountersOf(1).Packets, set.CountersOf(0).Faults));
    }

    [Theory]
    [InlineData(FailurePolicy.FailOpen, ServiceAction.Forward, ServiceAction.Forward)]
    [InlineData(FailurePolicy.FailClosed, ServiceAction.Drop, ServiceAction.Drop)]
    [InlineData(FailurePolicy.BypassEstablished, ServiceAction.Drop, ServiceAction.Forward)]
    public void A_service_out_of_order_is_passed_by_as_its_policy_says(FailurePolicy policy, ServiceAction ofNew, ServiceAction ofEstablished)
    {
        bool fails = false;
        _catalog.Define<Probe, ProbeState>("a", _ => new Probe("a", _log, _ => fails ? throw new InvalidOperationException("fault") : ServiceVerdict.Pass), policy);
        using var set = new ServiceSet(Options("a") with { Quarantine = new QuarantineRule(1, TimeSpan.FromSeconds(1)) }, _catalog);
        _ = Out(set, Udp(Machine, 1000, Remote, 53));
        _ = In(set, Udp(Remote, 53, Machine, 1000));
        fails = true;
        _ = Out(set, Udp(Machine, 1, Remote, 53));
        Assert.Equal(ofEstablished, Out(set, Udp(Machine, 1000, Remote, 53)));
        Assert.Equal(ofNew, Out(set, Udp(Machine, 2, Remote, 53)));
    }

    [Fact]
    public void Silent_flows_end_by_their_timeouts_and_talking_ones_do_not()
    {
        using ServiceSet set = Make(("a", null));
        _ = Out(set, Udp(Machine, 1000, Remote, 53));
        _ = Out(set, Udp(Machine, 2000, Remote, 53));
        for (int second = 1; second <= 40; second++)
        {
            Timestamp now = Start + TimeSpan.FromSeconds(second);
            _ = Out(set, Udp(Machine, 2000, Remote, 53), now);
            _ = set.Advance(now);
        }

        Assert.Equal(1, set.FlowCount);
        Assert.Contains("end a 1", _log);
    }

    [Fact]
    public void As_many_silent_flows_end_at_once_as_the_budget_allows()
    {
        using ServiceSet set = Make(("a", null));
        for (int i = 0; i < 200; i++)
        {
            _ = Out(set, Udp(Machine, (ushort)(1000 + i), Remote, 53));
        }

        Timestamp later = Start + TimeSpan.FromMinutes(10);
        int first = set.Advance(later, budget: 10);
        Assert.InRange(first, 0, 10);
        Assert.Equal(200 - first, set.Advance(later, budget: 10_000));
        Assert.Equal((0, 0), (set.FlowCount, set.Advance(later, budget: 1)));
    }

    [Fact]
    public void Half_open_flows_of_strangers_cannot_take_the_machines_share()
    {
        using ServiceSet set = Make(options => options with { HalfOpenFlows = 8 }, ("a", null));
        for (int i = 0; i < 100; i++)
        {
            _ = In(set, Udp(Other, (ushort)(1 + i), Machine, 80));
        }

        Assert.Equal(8, set.FlowCount);
        Assert.Equal(92, set.CountOf(ServiceReason.HalfOpenLimit));
        Assert.Equal(ServiceAction.Forward, Out(set, Udp(Machine, 1000, Remote, 53)));
        Assert.Equal(ServiceAction.Forward, Out(set, Udp(Machine, 80, Other, 1)));
        Assert.Equal(ServiceAction.Forward, In(set, Udp(Other, 200, Machine, 80)));
    }

    [Fact]
    public void A_full_table_refuses_new_flows_and_serves_old_ones()
    {
        using ServiceSet set = Make(options => options with { IPv4Flows = 16 }, ("a", null));
        int accepted = Enumerable.Range(0, 40).Count(i => Out(set, Udp(Machine, (ushort)(1000 + i), Remote, 53)) == ServiceAction.Forward);
        Assert.True(accepted is >= 16 and < 40);
        Assert.Equal(40 - accepted, set.CountOf(ServiceReason.FlowTableFull));
        Assert.Equal(ServiceAction.Forward, Out(set, Udp(Machine, 1000, Remote, 53)));
    }

    [Fact]
    public void Fragments_follow_their_first_one_also_when_they_come_before_it()
    {
        using ServiceSet set = Make(("a", null));
        byte[] whole = Udp(Machine, 1000, Remote, 53, payload: 40);
        byte[] first = Frame(Machine, Remote, IpProtocol.Udp, whole.AsSpan(34, 24), 0, more: true);
        byte[] second = Frame(Machine, Remote, IpProtocol.Udp, whole.AsSpan(58, 24), 24);
        Assert.Equal(ServiceAction.Forward, Out(set, first));
        Assert.Equal(ServiceAction.Forward, Out(set, second));

        byte[] lateFirst = Frame(Machine, Remote, IpProtocol.Udp, whole.AsSpan(34, 24), 0, more: true, id: 10);
        byte[] earlySecond = Frame(Machine, Remote, IpProtocol.Udp, whole.AsSpan(58, 24), 24, id: 10);
        Assert.Equal(ServiceAction.Consume, Out(set, earlySecond));
        Assert.Equal(ServiceAction.Forward, Out(set, lateFirst));
        Assert.True(set.Outbox.TryTake(out ReadOnlySpan<byte> released, out ServiceOutput where));
        Assert.Equal(ServiceOutput.FromMachine, where);
        Assert.Equal(earlySecond, released);
        Assert.Equal(["a*", "a", "a", "a"], _log);
    }

    [Fact]
    public void Errors_go_with_the_flow_that_they_embed_and_strangers_errors_are_dropped()
    {
        using ServiceSet set = Make(("a", null));
        byte[] query = Udp(Machine, 1000, Remote, 53);
        _ = Out(set, query);
        Assert.Equal(ServiceAction.Forward, In(set, Unreachable(Other, Machine, query)));
        ServiceResult strange = Send(set, ServiceDirection.ToMachine, Unreachable(Other, Machine, Udp(Machine, 1001, Remote, 53))).Result;
        Assert.Equal(ServiceReason.ErrorUnknownFlow, strange.Reason);
        Assert.Equal(["a*", "a"], _log);
    }

    [Fact]
    public void Frames_that_are_no_concern_of_services_pass()
    {
        using ServiceSet set = Make(("a", null));
        byte[] arp = new byte[60];
        arp[12] = 8;
        arp[13] = 6;
        Assert.Equal(ServiceAction.Forward, Out(set, arp));
        Assert.Equal(1, set.Counters.NoFlow);
        Assert.Empty(_log);
    }

    [Fact]
    public void Flows_are_classified_anew_on_request_and_otherwise_keep_their_services()
    {
        using ServiceSet set = Make(("a", null), ("b", null));
        _ = Out(set, Udp(Machine, 1000, Remote, 53));
        var onlyB = new RuleClassifier([], new ServiceSelection(new ServiceMask(2), new ServiceMask(2)));
        set.SetClassifier(onlyB, reclassify: false);
        _ = Out(set, Udp(Machine, 1000, Remote, 53));
        set.SetClassifier(onlyB, reclassify: true);
        _ = Out(set, Udp(Machine, 1000, Remote, 53));
        Assert.Equal(["a*", "b*", "a", "b", "b"], _log);
        Assert.Equal(1, set.Counters.Reclassified);
    }

    [Fact]
    public void IPv6_flows_are_served_alike()
    {
        IPv6Address machine = IPv6Address.Parse("2001:db8::1");
        IPv6Address remote = IPv6Address.Parse("2001:db8::7");
        using ServiceSet set = Make(("a", null));
        Assert.Equal(ServiceAction.Forward, Out(set, Udp6(machine, 1000, remote, 53)));
        Assert.Equal(ServiceAction.Forward, In(set, Udp6(remote, 53, machine, 1000)));
        Assert.Equal(["a*", "a"], _log);
    }

    [Fact]
    public void Every_packet_ends_in_exactly_one_account()
    {
        using ServiceSet set = Make(("a", frame => (frame[35] % 3) switch { 0 => ServiceVerdict.Drop, 1 => ServiceVerdict.Consume, _ => ServiceVerdict.Pass }));
        for (int i = 0; i < 200; i++)
        {
            _ = Out(set, Udp(Machine, (ushort)(1000 + i), Remote, 53));
        }

        ServiceSetCounters counters = set.Counters;
        Assert.Equal(counters.Packets, counters.Forwarded + counters.Dropped + counters.Consumed + counters.Held);
        Assert.True(counters is { Dropped: > 0, Consumed: > 0, Forwarded: > 0 });
    }

    private ServiceSet Make(params (string Name, Func<byte[], ServiceVerdict>? Decide)[] services) => Make(options => options, services);

    private ServiceSet Make(Func<ServiceSetOptions, ServiceSetOptions> change, params (string Name, Func<byte[], ServiceVerdict>? Decide)[] services)
    {
        foreach ((string name, Func<byte[], ServiceVerdict>? decide) in services)
        {
            _catalog.Define<Probe, ProbeState>(name, _ => new Probe(name, _log, decide));
        }

        return new ServiceSet(change(Options([.. services.Select(service => service.Name)])), _catalog);
    }
}
