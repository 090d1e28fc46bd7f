using Weft.Analytics;
using Weft.Flows;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Analytics.Quotients;

/// <summary>
/// The quotients that a configuration and observed flows come to. Built whole from both: the same board answers what is and what
/// would be, so a forecast is what comes true if the flows stay as they are.
/// </summary>
internal sealed class QuotientBoard
{
    private const double Tolerance = 1e-9;

    // From where on it counts as bad as can be.
    private const double TooManyAnyAny = 3;
    private const double TooManyPorts = 1024;

    private readonly SwitchPlan _plan;
    private readonly SegmentationInventory _inventory;
    private readonly FirewallView[] _firewalls;
    private readonly QuotientModel _model;
    private readonly SegmentationGraph _graph;
    private readonly QuotientSolver _solver;
    private readonly SlotHandle _whole;
    private readonly SlotHandle[] _applications;
    private readonly SlotHandle[] _machines;
    private readonly QuotientAttribute[] _attributes;
    private readonly QuotientAttribute _protected;

    public QuotientBoard(SwitchPlan plan, SegmentationInventory inventory, IEnumerable<ObservedFlow> flows)
    {
        (_plan, _inventory) = (plan, inventory);
        QuotientPlan quotients = plan.Analytics!.Quotients!;
        var builder = new QuotientModelBuilder();
        EntityType machine = builder.AddType("machine");
        EntityType application = builder.AddType("application");
        EntityType whole = builder.AddType("network");
        QuotientFeature policy = builder.AddFeature(machine, "policy", 0.85);
        _attributes =
        [
            builder.AddAttribute(policy, "covered flows", AttributeFunction.Identity, 0, 0.40, neutral: 1),
            builder.AddAttribute(policy, "refuses by default", AttributeFunction.Step, 1, 0.25),
            builder.AddAttribute(policy, "any-any rules", AttributeFunction.Falling, TooManyAnyAny, 0.10),
            builder.AddAttribute(policy, "open ports", AttributeFunction.Falling, TooManyPorts, 0.10),
            builder.AddAttribute(policy, "reachable from", AttributeFunction.Falling, 1, 0.15),
        ];
        _ = builder.AddCoupled(builder.AddFeature(machine, "neighbours", 0.15), "peers allowed in", Coupling.MeanOfPeers, 1);
        _ = builder.AddCoupled(builder.AddFeature(application, "machines", 0.9), "machines", Coupling.MeanOfMembers, 1);
        _protected = builder.AddAttribute(builder.AddFeature(application, "protection", 0.1), "machines with a firewall", AttributeFunction.Identity, 0, 1);
        _ = builder.AddCoupled(builder.AddFeature(whole, "applications", 0.9), "applications", Coupling.MeanOfMembers, 1);
        QuotientAttribute complete = builder.AddAttribute(builder.AddFeature(whole, "inventory", 0.1), "machines with a firewall", AttributeFunction.Identity, 0, 1);
        _model = builder.Build();

        _firewalls = [.. inventory.Machines.Select(entry => FirewallsOf(entry.Machine.Name))];
        _graph = new SegmentationGraph(_model, 1 + quotients.Applications.Count + inventory.Machines.Count);
        _whole = _graph.Add(whole, SlotHandle.None);
        _applications = [.. quotients.Applications.Select(one => _graph.Add(application, _whole, Math.Max(1, one.Machines.Count)))];
        _machines = [.. inventory.Machines.Select(entry => _graph.Add(machine, _applications[entry.Application]))];
        _ = _graph.SetAttribute(_whole, complete, ShareProtected(_ => true));
        for (int i = 0; i < _applications.Length; i++)
        {
            int index = i;
            _ = _graph.SetAttribute(_applications[i], _protected, ShareProtected(entry => entry.Application == index));
        }

        Measure(flows);
        _solver = new QuotientSolver(_graph);
        Result = _solver.Solve(Tolerance);
    }

    /// <summary>How exact the quotients are.</summary>
    public SolveResult Result { get; }

    /// <summary>The whole network's quotient.</summary>
    public double Whole => _solver.QuotientOf(_whole);

    /// <summary>Every entity with its quotient and what it is made of: the network, then applications, then machines.</summary>
    public IReadOnlyList<QuotientSnapshot> Capture()
    {
        IReadOnlyList<QuotientApplicationPlan> applications = _plan.Analytics!.Quotients!.Applications;
        return
        [
            SnapshotOf("network", _plan.Name, "", _whole),
            .. applications.Select((application, i) => SnapshotOf("application", application.Name, _plan.Name, _applications[i])),
            .. _inventory.Machines.Select((entry, i) => SnapshotOf("machine", entry.Machine.Name, applications[entry.Application].Name, _machines[i])),
        ];
    }

    private QuotientSnapshot SnapshotOf(string type, string name, string container, SlotHandle entity)
    {
        var increments = new AttributeIncrement[_model.AttributeCount];
        int count = _solver.Explain(entity, increments);
        return new QuotientSnapshot
        {
            Type = type,
            Name = name,
            Container = container,
            Quotient = _solver.QuotientOf(entity),
            Parts = [.. increments.Take(count).Select(part => new QuotientPartSnapshot(_model.NameOf(part.Attribute), part.Increment, part.Possible))],
        };
    }

    private FirewallView FirewallsOf(string name)
    {
        MachinePlan? machine = _plan.Machines.FirstOrDefault(machine => machine.Name == name);
        return new FirewallView(machine is null ? [] : machine.Services.Select(service => _plan.Services[service]).Where(service => service.Kind == ServiceKind.Firewall));
    }

    private double ShareProtected(Func<(int Application, QuotientMachinePlan Machine), bool> counts)
    {
        bool[] has = [.. Enumerable.Range(0, _firewalls.Length).Where(i => counts(_inventory.Machines[i])).Select(i => _firewalls[i].Exists)];
        return has.Length == 0 ? 0 : has.Count(one => one) / (double)has.Length;
    }

    private void Measure(IEnumerable<ObservedFlow> flows)
    {
        ILookup<int, ObservedFlow> inbound = flows.ToLookup(flow => flow.Destination);
        for (int to = 0; to < _machines.Length; to++)
        {
            FirewallView firewall = _firewalls[to];
            ObservedFlow[] seen = [.. inbound[to]];
            if (seen.Length > 0)
            {
                Set(to, 0, seen.Count(IsCovered) / (double)seen.Length);
            }

            Set(to, 1, firewall.RefusesByDefault ? 1 : 0);
            Set(to, 2, firewall.Exists ? firewall.AnyAnyRules : TooManyAnyAny);
            var peers = new List<PeerEdge>();
            var open = new HashSet<(IpProtocol, ushort)>();
            for (int from = 0; from < _machines.Length; from++)
            {
                if (from != to && MayReach(from, to, open))
                {
                    peers.Add(new PeerEdge(_machines[from]));
                }
            }

            Set(to, 3, firewall.RefusesByDefault ? open.Count : TooManyPorts);
            Set(to, 4, _machines.Length < 2 ? 0 : peers.Count / (double)(_machines.Length - 1));
            _ = _graph.SetPeers(_machines[to], System.Runtime.InteropServices.CollectionsMarshal.AsSpan(peers));
        }
    }

    /// <summary>Counted only if a rule at each end that can have one says so. Of who is elsewhere, this end is all there is.</summary>
    private bool IsCovered(ObservedFlow flow) =>
        _firewalls[flow.Destination].Judge(flow.From, flow.To, flow.Protocol, flow.Port, ServiceDirection.ToMachine).IsExplicit
        && (flow.Source < 0 || _firewalls[flow.Source].Judge(flow.From, flow.To, flow.Protocol, flow.Port, ServiceDirection.FromMachine).IsExplicit);

    /// <summary>Whether policy lets one machine open anything to another. Asked at each port where a rule of either begins or ends.</summary>
    private bool MayReach(int from, int to, HashSet<(IpProtocol, ushort)> open)
    {
        (IpProtocol, ushort)[] edges = [.. _firewalls[from].Edges().Concat(_firewalls[to].Edges()).Append((IpProtocol.Tcp, (ushort)0)).Append((IpProtocol.Udp, (ushort)0)).Distinct()];
        bool any = false;
        foreach (IPv6Address source in _inventory.Machines[from].Machine.Addresses.Select(SegmentationInventory.Mapped))
        {
            foreach (IPv6Address destination in _inventory.Machines[to].Machine.Addresses.Select(SegmentationInventory.Mapped))
            {
                foreach ((IpProtocol protocol, ushort port) in edges)
                {
                    if (_firewalls[to].Judge(source, destination, protocol, port, ServiceDirection.ToMachine).Passes
                        && _firewalls[from].Judge(source, destination, protocol, port, ServiceDirection.FromMachine).Passes)
                    {
                        any = true;
                        _ = open.Add((protocol, port));
                    }
                }
            }
        }

        return any;
    }

    private void Set(int machine, int attribute, double value) => _ = _graph.SetAttribute(_machines[machine], _attributes[attribute], value);
}
