using System.Collections.Frozen;
using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>Which frames a sensor inspects. Whatever may reach what it guards is among them, flooded frames too.</summary>
internal sealed class IdsScope
{
    private readonly bool _isAll;
    private readonly bool[] _ports;
    private readonly bool[] _segments;
    private readonly bool[] _portVlans = new bool[VlanTag.MaxVlanId + 2];
    private readonly FrozenSet<MacAddress> _machines;

    public IdsScope(IdsPlan plan, SwitchPlan of)
    {
        _isAll = plan.Ports.Count + plan.Segments.Count + plan.Machines.Count == 0;
        _ports = [.. of.Ports.Select((_, index) => plan.Ports.Contains(index))];
        _segments = [.. of.Segments.Select((_, index) => plan.Segments.Contains(index))];
        _machines = plan.Machines.ToFrozenSet();
        for (ushort vlan = 1; vlan <= VlanTag.MaxVlanId; vlan++)
        {
            _portVlans[vlan] = plan.Ports.Any(port => SwitchState.IsMember(of.Ports[port], vlan));
        }
    }

    public bool Covers(SwitchTopology topology, in BridgeDecision decision, ReadOnlySpan<byte> frame) =>
        _isAll || CoversPort(decision) || CoversSegment(topology.SegmentOfVlan(decision.Vlan)) || CoversMachine(frame);

    private bool CoversPort(in BridgeDecision decision) =>
        IsOurs(decision.Ingress) || (decision.Action == BridgeAction.Forward ? IsOurs(decision.Output.Where) : _portVlans[decision.Vlan]);

    /// <summary>Routers stand behind the ports and have numbers above theirs.</summary>
    private bool IsOurs(BridgeLocation where) => !where.IsVtep && where.Index < _ports.Length && _ports[where.Index];

    private bool CoversSegment(int segment) => segment >= 0 && _segments[segment];

    private bool CoversMachine(ReadOnlySpan<byte> frame)
    {
        if (_machines.Count == 0)
        {
            return false;
        }

        var destination = MacAddress.Read(frame);
        return destination.IsGroup || _machines.Contains(destination) || _machines.Contains(MacAddress.Read(frame[MacAddress.Length..]));
    }
}
