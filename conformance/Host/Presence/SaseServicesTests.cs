using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath.Presence;
using Weft.Host.Datapath.Security;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Sase;
using Weft.Services;
using static Weft.Conformance.HostTests.RouterPlans;
using static Weft.Conformance.HostTests.SasePlans;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>A service node whose tenant has services of its own.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class SaseServicesTests
{
    private const ushort Dns = 53;

    [Fact]
    public void A_tenants_packets_pass_its_services_both_ways_and_its_firewall_refuses_what_it_must()
    {
        using SwitchRig rig = Rig(WithServices());
        byte[] sent = Assert.Single(Ip(rig.Pass(Web1, FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, 9999))).Out(Db)));
        Assert.Single(Ip(rig.Pass(Db, Framed(GreenMac, TestFrames.B, Udp(SasePlans.Remote, 9999, Public, Flow(sent[14..]).SourcePort))).Out(Web1)));
        Assert.Empty(Ip(rig.Pass(Web1, FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, Dns))).Out(Db)));
        Assert.Equal(1, rig.Drops()["service-policy"]);
        Assert.Equal(1, Point(rig).Node!.FlowCount);
        MachineSnapshot tenant = Assert.Single(rig.Switch.Snapshot().Machines);
        Assert.Equal(("acme", 3L, 2L, 1L), (tenant.Name, tenant.Packets, tenant.Forwarded, tenant.Dropped));
        Assert.True(rig.Switch.Snapshot().Totals.Balanced, rig.Switch.Snapshot().Totals.ToString());
    }

    [Fact]
    public void A_packet_that_a_rule_rejects_is_answered_once_and_accounted_for()
    {
        SwitchPlan plan = WithServices();
        ServicePlan rules = plan.Services[1];
        plan = plan with { Services = [plan.Services[0], rules with { Rules = [rules.Rules[0] with { Action = FirewallAction.Reject }, rules.Rules[1]] }] };
        using SwitchRig rig = Rig(plan);
        byte[] answer = Assert.Single(Ip(rig.Pass(Web1, FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, Dns))).Out(Web1)));
        Assert.True(IPv4View.TryParse(answer.AsSpan(14), out IPv4View outer));
        Assert.Equal(IpProtocol.Udp, outer.Protocol);
        Assert.Empty(Ip(rig.Out(Db)));
        Assert.Equal(1, rig.Drops()["service-policy"]);
        Assert.Equal((0, 1L), (Point(rig).Node!.FlowCount, Point(rig).Node!.Counters.Rejections));
        Assert.True(rig.Switch.Snapshot().Totals.Balanced, rig.Switch.Snapshot().Totals.ToString());
    }

    [Fact]
    public void A_trace_names_every_service_that_saw_the_packet_and_the_one_that_refused_it()
    {
        PacketTrace passed = PacketTracer.Trace(WithServices(), "web1", FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, 9999)));
        Assert.Contains(passed.Lines, line => line.Text.StartsWith("services of acme: tracked", StringComparison.Ordinal) && line.Text.Contains("rules (allowed: rule rest", StringComparison.Ordinal));
        PacketTrace refused = PacketTracer.Trace(WithServices(), "web1", FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, Dns)));
        Assert.Contains(refused.Lines, line => line.Text.Contains("rules refuses it: policy", StringComparison.Ordinal));
        Assert.DoesNotContain(PacketTracer.Trace(Node(), "web1", FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, Dns))).Lines, line => line.Text.Contains("services of", StringComparison.Ordinal));
    }

    [Fact]
    public void A_new_configuration_keeps_what_services_know_and_takes_their_new_rules()
    {
        using TenantServices services = Make(WithServices());
        Assert.True(Passes(services, 9999));
        using (TenantServices next = Make(WithServices() with { Name = "again" }))
        {
            services.Exchange(next, At);
        }

        Assert.Equal(1, services.All[0].Set.FlowCount);
        Assert.True(Passes(services, 9999));
        Assert.Equal(2, services.All[0].Set.Counters.Packets);
        using (TenantServices next = Make(WithServices(forbidden: 9999)))
        {
            services.Exchange(next, At);
        }

        Assert.False(Passes(services, 9999));
        Assert.Equal(ServiceReason.Policy, services.Refusal);
        using (TenantServices next = Make(Node()))
        {
            services.Exchange(next, At);
        }

        Assert.Empty(services.All);
        Assert.True(Passes(services, 9999));
    }

    [Fact]
    public void Whoever_takes_over_goes_on_with_connections_that_the_services_of_the_dead_one_told_it_of()
    {
        using TenantServices owner = Make(WithServices());
        using TenantServices backup = Make(WithServices());
        byte[] said = new byte[IServiceMemory.MaxBytes];
        int length = owner.Begin(TenantVni, said);
        Assert.NotEqual(0, length);
        Assert.True(backup.TryTake(TenantVni, isFirst: true, said.AsSpan(0, length), At));
        Assert.True(PassesTcp(owner, TcpFlags.Syn, 1000, 0, inward: false));
        Assert.True(PassesTcp(owner, TcpFlags.Syn | TcpFlags.Ack, 5000, 1001, inward: true));

        // Told of one flow ahead of its turn, and of the rest.
        length = owner.Tell(TenantVni, new FlowKey4(SasePlans.Site, SasePlans.Remote, IpProtocol.Tcp, 1234, 80, TenantVni), said, At);
        Assert.NotEqual(0, length);
        Assert.True(backup.TryTake(TenantVni, isFirst: false, said.AsSpan(0, length), At));
        Assert.Equal(1, backup.All[0].Set.FlowCount);
        while ((length = owner.Tell(TenantVni, said, At)) > 0)
        {
            Assert.True(backup.TryTake(TenantVni, isFirst: false, said.AsSpan(0, length), At));
        }

        // The owner saw more than it had time to tell.
        for (uint sequence = 1001; sequence < 400_000; sequence += 900)
        {
            Assert.True(PassesTcp(owner, TcpFlags.Ack, sequence, 5001, inward: false, payload: 900));
            Assert.True(PassesTcp(owner, TcpFlags.Ack, 5001, sequence + 900, inward: true));
        }

        using TenantServices ignorant = Make(WithServices());
        Assert.False(PassesTcp(ignorant, TcpFlags.Ack, 401_501, 5001, inward: false, payload: 900));
        Assert.True(PassesTcp(backup, TcpFlags.Ack, 401_501, 5001, inward: false, payload: 900));
        Assert.True(PassesTcp(backup, TcpFlags.Ack, 5001, 402_401, inward: true));

        // Only once is a side taken at its word.
        Assert.False(PassesTcp(backup, TcpFlags.Ack, 900_000_000, 5001, inward: false, payload: 900));
        Assert.True(PassesTcp(backup, TcpFlags.Ack, 402_401, 5001, inward: false, payload: 900));
    }

    [Fact]
    public void What_an_owner_with_other_services_tells_is_not_taken()
    {
        using TenantServices owner = Make(WithServices());
        SwitchPlan fewer = WithServices();
        fewer = fewer with { Sase = fewer.Sase! with { Tenants = [.. fewer.Sase.Tenants.Select(tenant => tenant with { Services = [1] })] } };
        using TenantServices backup = Make(fewer);
        byte[] said = new byte[IServiceMemory.MaxBytes];
        int length = owner.Begin(TenantVni, said);
        Assert.False(backup.TryTake(TenantVni, isFirst: true, said.AsSpan(0, length), At));
        Assert.False(backup.TryTake(4711, isFirst: true, said.AsSpan(0, length), At));
        for (int cut = 0; cut < length; cut++)
        {
            Assert.False(owner.TryTake(TenantVni, isFirst: true, said.AsSpan(0, cut), At));
        }
    }

    [Fact]
    public void A_service_that_fails_for_one_tenant_is_quarantined_for_that_one_and_another_sees_nothing_of_it()
    {
        SwitchPlan plan = WithServices();
        SaseTenantPlan acme = plan.Sase!.Tenants[0];
        using TenantServices services = Make(plan with { Sase = plan.Sase with { Tenants = [acme, acme with { Name = "globex", Segment = acme.Segment with { Vni = TenantVni + 1 } }] } });
        services.All[0].Set.ServiceAt<Firewall, FirewallState>(1) = default;
        byte[] frame = Framed(GreenMac, BlueMac, Udp(SasePlans.Site, 1234, SasePlans.Remote, 9999));
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        for (int packet = 0; packet < 20; packet++)
        {
            Assert.False(services.Pass(frame, layout, TenantVni, inward: false, At));
            Assert.True(services.Pass(frame, layout, TenantVni + 1, inward: false, At));
        }

        Assert.Equal((true, false), (services.All[0].Set.IsQuarantined(1), services.All[1].Set.IsQuarantined(1)));
        Assert.Equal((20L, 20L), (services.All[1].Set.Counters.Packets, services.All[1].Set.Counters.Forwarded));
        Assert.Equal((0L, 20L), (services.All[0].Set.Counters.Forwarded, services.All[0].Set.Counters.Dropped));
    }

    [Fact]
    public void A_tenants_budget_is_that_of_its_services()
    {
        SwitchPlan plan = WithServices();
        SaseTenantPlan acme = plan.Sase!.Tenants[0];
        using TenantServices services = Make(plan with { Sase = plan.Sase with { Tenants = [acme with { Budget = TimeSpan.FromMicroseconds(300) }, acme with { Name = "globex", Segment = acme.Segment with { Vni = TenantVni + 1 } }] } });
        Assert.Equal((TimeSpan.FromMicroseconds(300), (TimeSpan?)null), (services.All[0].Plan.Budget, services.All[1].Plan.Budget));
        ConfigurationResult result = ConfigurationFile.ReadText(File.ReadAllText(Repository.File("samples/sase-node.yaml")).Replace("services: [tracked, rules]", "services: [tracked, rules]\n        budgetMicroseconds: 300", StringComparison.Ordinal), "sase.yaml");
        Assert.Contains(result.Plan!.Sase!.Tenants, tenant => tenant.Budget == TimeSpan.FromMicroseconds(300));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Services_of_tenants_allocate_nothing_for_a_packet()
    {
        using TenantServices services = Make(WithServices());
        byte[] frame = Framed(GreenMac, BlueMac, Udp(SasePlans.Site, 1234, SasePlans.Remote, 9999));
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        void Work()
        {
            for (int i = 0; i < 10_000; i++)
            {
                _ = services.Pass(frame, layout, TenantVni, inward: false, At);
            }
        }

        Work();
        Assert.Equal(0, Allocations.Of(Work));
    }

    [Theory]
    [InlineData("services: [rulez]", "no service has the name 'rulez'; did you mean 'rules'?")]
    [InlineData("services: [rules, rules]", "is among the services already")]
    [InlineData("services: [copies]", "'copies' is no service that a tenant's packets can pass")]
    public void A_chain_that_cannot_be_is_refused_where_it_stands(string chain, string problem)
    {
        string good = File.ReadAllText(Repository.File("samples/sase-node.yaml"));
        const string Sample = "services: [tracked, rules]";
        Assert.Contains(Sample, good, StringComparison.Ordinal);
        ConfigurationResult result = ConfigurationFile.ReadText(good.Replace(Sample, chain, StringComparison.Ordinal).Replace("\nservices:\n", "\nservices:\n  - {name: copies, type: mirror}\n", StringComparison.Ordinal), "sase.yaml");
        Assert.Contains(result.Problems, found => found.Severity == ProblemSeverity.Error && $"{found}".Contains(problem, StringComparison.Ordinal) && found.Line > 1);
    }

    private static readonly Timestamp At = Timestamp.FromSeconds(1);

    private static TenantServices Make(SwitchPlan plan) => new(plan, plan.Sase!, SecurityAssociations.Open(new Weft.Host.Datapath.SwitchTopology(plan), new HashSeed(1, 2), previous: null, isTwin: true), new HashSeed(1, 2), At, new EventLog(1), isTwin: false);

    private static bool PassesTcp(TenantServices services, TcpFlags flags, uint sequence, uint acknowledged, bool inward, int payload = 0)
    {
        byte[] frame = inward
            ? ServicesTests.ServicesTestBed.Tcp(SasePlans.Remote, 80, SasePlans.Site, 1234, flags, sequence, acknowledged, payload, window: 60_000)
            : ServicesTests.ServicesTestBed.Tcp(SasePlans.Site, 1234, SasePlans.Remote, 80, flags, sequence, acknowledged, payload, window: 60_000);
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        return services.Pass(frame, layout, TenantVni, inward, At);
    }

    private static bool Passes(TenantServices services, ushort port)
    {
        byte[] frame = Framed(GreenMac, BlueMac, Udp(SasePlans.Site, 1234, SasePlans.Remote, port));
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        return services.Pass(frame, layout, TenantVni, inward: false, At);
    }

    private static SwitchPlan WithServices(ushort forbidden = Dns)
    {
        SwitchPlan plan = Node();
        return plan with
        {
            Services =
            [
                new ServicePlan { Name = "tracked", Kind = ServiceKind.Connections },
                new ServicePlan
                {
                    Name = "rules",
                    Kind = ServiceKind.Firewall,
                    Rules =
                    [
                        new FirewallRule { Name = "no", Action = FirewallAction.Drop, FirstPort = forbidden, LastPort = forbidden },
                        new FirewallRule { Name = "rest", Action = FirewallAction.Allow, OpenedFrom = ServiceDirection.FromMachine },
                    ],
                    Otherwise = FirewallAction.Drop,
                },
            ],
            Sase = plan.Sase! with { Tenants = [plan.Sase.Tenants[0] with { Services = [0, 1] }] },
        };
    }

    /// <summary>IPv4 frames but for BFD and control messages.</summary>
    private static byte[][] Ip(List<byte[]> frames) => [.. frames.Where(frame => frame[12] == 8 && frame[13] == 0 && !(frame[23] == 17 && (frame[36] << 8 | frame[37]) is 3784 or 6082))];
}
