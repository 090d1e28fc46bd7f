using Weft.Encap;
using Weft.Host.Config.Document;
using Weft.Host.Config.Shapes;
using Weft.Host.Config.Validation;

namespace Weft.Host.Config;

/// <summary>Turns a document without errors into the plan: names become indices, absent keys their meaning.</summary>
internal static class PlanBuilder
{
    public static SwitchPlan Build(ValidationContext context)
    {
        SwitchDocument document = context.Document;
        GeneralSection general = document.General;
        return new SwitchPlan
        {
            Name = general.Name.Value,
            VectorSize = general.VectorSize.Value,
            Poll = general.Poll.Value,
            Workers = general.Workers.Value,
            Cores = general.Cores.Select(core => core.Value).ToArray(),
            WorkerNice = general.WorkerNice.IsKnown ? general.WorkerNice.Value : null,
            PoolBuffers = general.PoolBuffers.Value,
            PoolBufferBytes = CapacityValidator.BufferBytes(document),
            ControlSocket = Resolve(general.ControlSocket, context),
            StateFile = Resolve(general.StateFile, context),
            StateMaxAge = TimeSpan.FromSeconds(general.StateMaxSeconds.Value),
            Mac = general.Mac.IsKnown ? general.Mac.Value : null,
            Lldp = LinkPlans.Lldp(document.Lldp),
            MoveDamping = PortProtection.Damping(general.MoveDamping),
            Ports = document.Ports.Select(port => Port(port, context)).ToArray(),
            Vteps = document.Vteps.Select(vtep => Vtep(vtep, context)).ToArray(),
            Segments = document.Segments.Select(segment => Segment(segment, document)).ToArray(),
            Routers = document.Routers.Select(router => RouterPlanBuilder.Build(router, document)).ToArray(),
            Nats = document.Nat.Select(nat => NatPlanBuilder.Build(nat, document)).ToArray(),
            NatGateways = document.NatGateways.Select(gateway => NatGatewayValidator.Build(gateway, document)).ToArray(),
            Lbs = document.Lb.Select(lb => NatPlanBuilder.Build(lb, document)).ToArray(),
            Sase = document.Sase.Select(sase => SasePlanBuilder.Build(sase, document, context)).FirstOrDefault(),
            AccessLists = document.AccessLists.Select(list => list.Built!).ToArray(),
            QosPolicies = document.Qos.Select(policy => policy.Built!).ToArray(),
            Schedulers = document.Schedulers.Select(scheduler => SchedulerValidator.Build(scheduler, document)).ToArray(),
            Mirrors = document.Mirrors.Select(mirror => MirrorValidator.Build(mirror, document)).ToArray(),
            AclConnections = general.AclConnections.Value,
            Bridges = document.Bridges.Where(bridge => bridge.Peer.IsKnown).Select(bridge => BridgePlans.Build(bridge, context)).ToArray(),
            AwaitedBridges = document.Bridges.Where(bridge => !bridge.Peer.IsKnown).Select(bridge => BridgePlans.Build(bridge, context)).ToArray(),
            BridgePairs = document.BridgePairs.Select(pair => BridgePlans.Build(pair, context)).ToArray(),
            Ids = document.Ids.Select(sensor => IdsValidator.Plan(sensor, context)).ToArray(),
            Multicast = MulticastPlanBuilder.Build(document),
            Api = ApiPlanBuilder.Build(context),
            Metrics = ApiPlanBuilder.Build(document.Metrics),
            Cluster = ClusterPlanBuilder.Build(context),
            Services = document.Services.Select(service => MachinePlanBuilder.Build(service, context)).ToArray(),
            Machines = document.Machines.Select(machine => MachinePlanBuilder.Build(machine, document)).ToArray(),
            Mesh = MeshValidator.Plan(context),
            Analytics = AnalyticsPlanBuilder.Build(context),
            Moves = MachinePlanBuilder.Build(document.Moves, context),
        };
    }

    private static PortPlan Port(PortSection port, ValidationContext context)
    {
        bool isAccess = port.Role.Value == PortRole.Access;
        bool isTrunk = port.Vlan.Mode.Value == VlanMode.Trunk;
        ushort untagged = isTrunk ? (ushort)port.Vlan.Native.Value : port.Vlan.Id.IsKnown ? (ushort)port.Vlan.Id.Value : VlanValidator.DefaultVlan;
        IEnumerable<ushort> tagged = port.Vlan.Allowed.Count > 0 ? port.Vlan.AllowedIds : context.SegmentVlans.Order().Select(vlan => (ushort)vlan);
        return new PortPlan
        {
            Name = port.Name.Value,
            Kind = port.Type.Value,
            Role = port.Role.Value,
            Device = OrNull(port.Device),
            NetworkNamespace = OrNull(port.NetworkNamespace),
            Driver = port.Driver.Value,
            Offloads = TapShape.Offloads(port),
            ReadPath = Resolve(port.Read, context),
            WritePath = Resolve(port.Write, context),
            MtuBytes = port.Mtu.Value,
            MultiQueue = context.Document.General.Workers.Value > 1,
            VlanMode = port.Vlan.Mode.Value,
            NativeVlan = isAccess ? untagged : (ushort)0,
            AllowedVlans = isAccess && isTrunk ? tagged.ToArray() : [],
            Guard = LinkPlans.Guard(port.Guard),
            Acl = AclValidator.BindingOf(port, context.Document),
            Memif = port.Type.Value != PortKind.Memif ? null : new MemifPlan
            {
                SocketPath = context.Resolve(port.Memif.Socket.Value),
                Role = port.Memif.Role.Value,
                Id = (uint)port.Memif.Id.Value,
                Queues = port.Memif.Queues.Value,
                Slots = port.Memif.Slots.Value,
            },
            Qos = context.Document.Qos.FindIndex(policy => port.Qos.IsKnown && policy.Name.Value == port.Qos.Value),
            Scheduler = context.Document.Schedulers.FindIndex(scheduler => port.Scheduler.IsKnown && scheduler.Name.Value == port.Scheduler.Value),
            Bond = LinkPlans.Bond(port, context.Document),
            BondPriority = (ushort)port.BondPriority.Value,
            Description = port.Description.IsKnown ? port.Description.Value : "",
            Lldp = port.Lldp.Value,
            Learning = PortProtection.Learning(port.Learning),
            LoopGuard = PortProtection.LoopGuard(port.LoopGuard),
            Storm = PortProtection.Storm(port.Storm),
            Multicast = MulticastPlanBuilder.Build(port.Multicast),
        };
    }

    private static VtepPlan Vtep(VtepSection vtep, ValidationContext context) => new()
    {
        Name = vtep.Name.Value,
        Port = context.Document.Ports.FindIndex(port => port.Name.Value == vtep.Port.Value),
        Address = vtep.Address.Value.Address,
        PrefixLength = vtep.Address.Value.PrefixLength,
        Gateway = vtep.Gateway.IsKnown ? vtep.Gateway.Value : null,
        Mac = VtepValidator.Mac(vtep),
        Kind = vtep.Encapsulation.Value,
        UdpPort = (ushort)VtepValidator.UdpPort(vtep),
        SourcePortMin = (ushort)vtep.SourcePorts.Value.First,
        SourcePortMax = (ushort)vtep.SourcePorts.Value.Last,
        Checksum = vtep.UdpChecksum.Value,
        Ttl = (byte)vtep.Ttl.Value,
        Dscp = vtep.Dscp.Value == Shapes.QosShape.CopyDscp || vtep.DscpModel.Value == DscpModel.Uniform ? null : (byte)vtep.Dscp.Value,
        DscpModel = vtep.DscpModel.Value,
        MtuBytes = vtep.Mtu.IsKnown ? vtep.Mtu.Value : null,
        PathMtu = PathMtu(vtep.PathMtu),
        Fragmentation = Fragmentation(vtep.Fragmentation),
        Security = vtep.Security.Select(security => Security(security, context)).ToArray(),
        StaticNeighbors = vtep.Neighbors.ToDictionary(neighbor => neighbor.Address.Value, neighbor => neighbor.Mac.Value),
    };

    private static PathMtuPlan PathMtu(PathMtuSection section) => new()
    {
        Probe = section.Probe.Value,
        ProbeTimeout = TimeSpan.FromSeconds(section.ProbeTimeoutSeconds.Value),
        MaxProbes = section.MaxProbes.Value,
        ConfirmAfter = TimeSpan.FromSeconds(section.ConfirmSeconds.Value),
        RaiseAfter = TimeSpan.FromMinutes(section.RaiseMinutes.Value),
    };

    private static FragmentationPlan Fragmentation(FragmentationSection section) => new()
    {
        Policy = section.Policy.Value,
        Option = new GeneveFragmentOption((ushort)section.Option.Class.Value, (byte)section.Option.Type.Value),
        GpeNextProtocol = (byte)section.NextProtocol.Value,
        VxlanReservedBits = section.VxlanReservedBits.Value,
        Split = section.Split.Value,
        MaxFrameBytes = section.MaxFrame.Value,
        MinFragmentBytes = section.MinFragment.Value,
        Timeout = TimeSpan.FromMilliseconds(section.TimeoutMilliseconds.Value),
        MaxDatagrams = section.MaxDatagrams.Value,
        MaxPerSource = Math.Min(section.MaxPerSource.Value, section.MaxDatagrams.Value),
        MaxPerVni = Math.Min(section.MaxPerVni.Value, section.MaxDatagrams.Value),
    };

    private static SecurityPlan Security(SecuritySection section, ValidationContext context) => new()
    {
        Peer = section.Peer.Value,
        UdpEncapsulation = section.UdpEncapsulation.Value,
        ExtendedSequence = section.ExtendedSequence.Value,
        ReplayWindow = section.ReplayWindow.Value,
        LifetimeBytes = section.LifetimeGigabytes.IsKnown ? section.LifetimeGigabytes.Value * 1_000_000_000L : null,
        Receiver = SecurityValidator.Receiver(section.Steering),
        Outbound = section.Outbound.Select(association => Association(association, context)).ToArray(),
        Inbound = section.Inbound.Select(association => Association(association, context)).ToArray(),
    };

    internal static AssociationPlan Association(AssociationSection section, ValidationContext context) => new()
    {
        Spi = section.Spi.Value,
        Algorithm = section.Algorithm.Value,
        KeyFile = context.Resolve(section.KeyFile.Value),
        Queue = section.Queue.IsKnown ? section.Queue.Value : null,
    };

    private static SegmentPlan Segment(SegmentSection segment, SwitchDocument document) => new()
    {
        Name = segment.Name.Value,
        Vlan = (ushort)segment.Vlan.Value,
        Vni = segment.Vni.IsKnown ? (uint)segment.Vni.Value : null,
        Vtep = segment.Vtep.IsKnown ? document.Vteps.FindIndex(vtep => vtep.Name.Value == segment.Vtep.Value) : -1,
        Peers = segment.Peers.Select(peer => peer.Value).ToArray(),
        NamedPeers = segment.Peers.Select(peer => peer.Value).ToArray(),
        Discover = segment.Discover.Value,
        Learning = segment.Learning.Value,
        FloodUnknown = segment.Flood.Value,
        SuppressArp = segment.Suppression.Arp.Value,
        SuppressNd = segment.Suppression.Nd.Value,
        AskAgain = TimeSpan.FromSeconds(segment.Suppression.AskAgainSeconds.Value),
        Ageing = TimeSpan.FromSeconds(segment.AgeingSeconds.Value),
        MaxMacs = CapacityValidator.MaxMacs(segment, document),
        Acl = AclValidator.BindingOf(segment, document),
        StaticEntries = segment.Static.Select(entry => StaticMac(entry, document)).ToArray(),
        Multicast = MulticastPlanBuilder.Build(segment.Multicast, document),
    };

    private static StaticMacPlan StaticMac(StaticMacSection entry, SwitchDocument document)
    {
        int port = entry.Port.IsKnown ? document.Ports.FindIndex(p => p.Name.Value == entry.Port.Value) : -1;
        return new StaticMacPlan(entry.Mac.Value, port, entry.Peer.IsKnown ? entry.Peer.Value : null);
    }

    private static string? OrNull(Setting<string> setting) => setting.IsKnown ? setting.Value : null;

    private static string? Resolve(Setting<string> path, ValidationContext context) => path.IsKnown ? context.Resolve(path.Value) : null;
}
