using Weft.Host.Config.Document;
using Weft.Host.Config.Validation;
using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Config;

/// <summary>Turns machines and services of a document without errors into their plans.</summary>
internal static class MachinePlanBuilder
{
    private const long BitsPerKilobit = 1000;

    public static ServicePlan Build(ServiceSection service, ValidationContext context) => new()
    {
        Name = service.Name.Value,
        Kind = service.Type.Value,
        WhenFailed = service.WhenFailed.IsKnown ? service.WhenFailed.Value : null,
        Connections = new ConnectionTrackerOptions { PickUp = service.Connections.PickUp.Value, Liberal = service.Connections.Liberal.Value },
        Rules = service.Firewall.Rules.Select(rule => Build(rule, context.Document)).ToArray(),
        Otherwise = service.Firewall.Otherwise.Value,
        VirtualServices = service.Balancer.Virtual.Select(Build).ToArray(),
        Rates = Build(service.Policer),
        MirroredPackets = Known(service.Mirror.Packets),
        MirroredBytes = Known(service.Mirror.Snap),
        Inspection = service.Ids.Loaded is null ? null : new InspectionPlan { Rules = service.Ids.Loaded, AcceptMidstream = service.Ids.Midstream.Value, MaxFlows = service.Ids.MaxFlows.Value },
        Encryption = service.Encryption.Peers.Select(peer => Build(peer, context)).ToArray(),
        Container = service.Type.Value == ServiceKind.Container ? Build(service.Container, context) : null,
    };

    private static SecurityPlan Build(EncryptionPeerSection peer, ValidationContext context) => new()
    {
        Peer = peer.Address.Value,
        Mode = peer.Mode.Value,
        UdpEncapsulation = peer.UdpEncapsulation.Value,
        ExtendedSequence = peer.ExtendedSequence.Value,
        ReplayWindow = peer.ReplayWindow.Value,
        LifetimeBytes = peer.LifetimeGigabytes.IsKnown ? peer.LifetimeGigabytes.Value * 1_000_000_000L : null,
        Outbound = peer.Outbound.Select(association => PlanBuilder.Association(association, context)).ToArray(),
        Inbound = peer.Inbound.Select(association => PlanBuilder.Association(association, context)).ToArray(),
    };

    private static ContainerPlan Build(ContainerSection container, ValidationContext context) => new()
    {
        Memory = context.Resolve(container.Memory.Value),
        Instances = container.Instances.Value,
        Options = new ContainerOptions { Slots = container.Slots.Value, SlotBytes = container.SlotBytes.Value, Patience = TimeSpan.FromMilliseconds(container.PatienceMilliseconds.Value), Path = Build(container.Path) },
    };

    private static ServicePath? Build(ServicePathSection path) => path.IsWritten
        ? new ServicePath { Outward = (uint)path.Outward.Value, Inward = (uint)path.Inward.Value, Functions = path.Functions.Value }
        : null;

    public static MachinePlan Build(MachineSection machine, SwitchDocument document)
    {
        string[] own = [.. machine.Services.Select(name => name.Value)];
        return new MachinePlan
        {
            Name = machine.Name.Value,
            Id = (uint)machine.Id.Value,
            Port = document.Ports.FindIndex(port => machine.Port.IsKnown && port.Name.Value == machine.Port.Value),
            Segment = document.Segments.FindIndex(segment => machine.Segment.IsKnown && segment.Name.Value == machine.Segment.Value),
            Mac = machine.Mac.IsKnown ? machine.Mac.Value : null,
            Addresses = machine.Addresses.Select(address => address.Value).ToArray(),
            Mtu = machine.Mtu.Value,
            Services = own.Select(name => document.Services.FindIndex(service => service.Name.Value == name)).ToArray(),
            Classes = machine.Classes.Select(of => Build(of, own)).ToArray(),
            IPv4Flows = machine.Flows.Value,
            IPv6Flows = machine.Flows6.Value,
            HalfOpenFlows = Known(machine.HalfOpenFlows),
            Budget = machine.BudgetMicroseconds.IsKnown ? TimeSpan.FromMicroseconds(machine.BudgetMicroseconds.Value) : null,
            MirrorPort = document.Ports.FindIndex(port => machine.MirrorPort.IsKnown && port.Name.Value == machine.MirrorPort.Value),
            IsStandby = machine.Standby.Value,
        };
    }

    /// <summary>How machines move; null if there is nothing to prove oneself with.</summary>
    public static MovesPlan? Build(MovesSection moves, ValidationContext context) => !moves.KeyFile.IsKnown ? null : new MovesPlan
    {
        Listen = Known(moves.Listen),
        Port = moves.Port.Value,
        Key = BridgeValidator.Key(moves.KeyFile, context),
        FreezeBudget = TimeSpan.FromMilliseconds(moves.FreezeMilliseconds.Value),
        Timeout = TimeSpan.FromMilliseconds(moves.TimeoutMilliseconds.Value),
        Hosts = moves.Hosts.Select(host => new MoveHostPlan(host.Name.Value, host.Address.Value, host.Port.Value)).ToArray(),
    };

    private static ServiceRule Build(ServiceClassSection of, string[] own)
    {
        ServiceMask services = MaskOf(of.Services, own);
        (ushort first, ushort last) = PortsOf(of.Ports);
        return new ServiceRule
        {
            Selection = new ServiceSelection(services, of.Answers.Count == 0 ? services : MaskOf(of.Answers, own)),
            OpenedFrom = Known(of.Opened),
            Protocol = Known(of.Protocol),
            Remote = of.Remote.IsKnown ? PrefixOf(of.Remote.Value) : null,
            FirstPort = first,
            LastPort = last,
        };
    }

    private static ServiceMask MaskOf(List<Setting<string>> names, string[] own) =>
        names.Aggregate(ServiceMask.None, (mask, name) => mask.With(Array.IndexOf(own, name.Value)));

    private static FirewallRule Build(FirewallRuleSection rule, SwitchDocument document)
    {
        (ushort first, ushort last) = PortsOf(rule.Ports);
        return new FirewallRule
        {
            Name = rule.Name.Value,
            Action = rule.Action.Value,
            OpenedFrom = Known(rule.Opened),
            Protocol = Known(rule.Protocol),
            Remote = SetOf(rule.Remote, document),
            Local = SetOf(rule.Local, document),
            FirstPort = first,
            LastPort = last,
        };
    }

    private static AddressSet SetOf(List<Setting<string>> groups, SwitchDocument document) => groups.Count == 0
        ? AddressSet.Everything
        : new AddressSet(groups.SelectMany(name => document.AddressGroups.Single(group => group.Name.Value == name.Value).Prefixes).Select(prefix => PrefixOf(prefix.Value)));

    private static VirtualService Build(VirtualServiceSection known) => new(
        MappedOf(known.Address.Value),
        known.Protocol.Value,
        (ushort)(known.Port.IsKnown ? known.Port.Value : 0),
        known.Backends.Select(backend => new Backend(MappedOf(backend.Address.Value), (ushort)(backend.Port.IsKnown ? backend.Port.Value : 0), backend.Weight.Value)).ToArray());

    private static PolicerOptions Build(PolicerSection policer) => new()
    {
        FromMachineBitsPerSecond = Known(policer.OutKilobits) * BitsPerKilobit,
        ToMachineBitsPerSecond = Known(policer.InKilobits) * BitsPerKilobit,
        FlowBitsPerSecond = Known(policer.FlowKilobits) * BitsPerKilobit,
        FlowsPerSecond = Known(policer.FlowsPerSecond),
        Burst = TimeSpan.FromMilliseconds(policer.BurstMilliseconds.Value),
    };

    private static (ushort First, ushort Last) PortsOf(Setting<NumberRange> ports) =>
        ports.IsKnown ? ((ushort)ports.Value.First, (ushort)ports.Value.Last) : ((ushort)0, ushort.MaxValue);

    private static IPv6Address MappedOf(TunnelAddress address) => address.IsIPv6 ? address.V6 : IPv6Address.MapIPv4(address.V4);

    private static IPv6Prefix PrefixOf(NetworkAddress prefix) =>
        prefix.Address.IsIPv6 ? new IPv6Prefix(prefix.Address.V6, prefix.PrefixLength) : AddressSet.Of(new IPv4Prefix(prefix.Address.V4, prefix.PrefixLength));

    private static T? Known<T>(Setting<T> setting)
        where T : struct => setting.IsKnown ? setting.Value : null;
}
