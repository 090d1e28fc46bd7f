using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Protection;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>Tells of machines that send from ports they may not be behind, and has such ports shut where that was asked for.</summary>
internal sealed class PortSecurity
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly SwitchTopology _topology;
    private readonly LearningBridge _bridge;
    private readonly PortShutdowns? _shutdowns;
    private readonly EventLog _events;
    private readonly Timestamp[] _next;

    private PortSecurity(SwitchTopology topology, LearningBridge bridge, PortShutdowns? shutdowns, EventLog events, Timestamp start)
    {
        (_topology, _bridge, _shutdowns, _events) = (topology, bridge, shutdowns, events);
        _next = [.. topology.Plan.Ports.Select(_ => start)];
    }

    /// <summary>Null if no port asks for it.</summary>
    public static PortSecurity? Create(SwitchTopology topology, LearningBridge bridge, PortShutdowns? shutdowns, EventLog events, Timestamp start) =>
        topology.Plan.Ports.Any(port => port.Learning.Refused >= RefusedSourceAction.Restrict) ? new PortSecurity(topology, bridge, shutdowns, events, start) : null;

    /// <summary>Notes a frame that was dropped for its source.</summary>
    public void Note(in BridgeDecision decision, ReadOnlySpan<byte> frame, Timestamp now)
    {
        int port = decision.Ingress.Index;
        PortPlan plan = _topology.Plan.Ports[port];
        if (plan.Learning.Refused < RefusedSourceAction.Restrict || !IsViolation(decision, plan.Learning))
        {
            return;
        }

        bool isShutNow = plan.Learning.Refused == RefusedSourceAction.Shutdown && _shutdowns!.Shut(port, ShutdownCause.PortSecurity, plan.Learning.Recovery, now);
        if (isShutNow || now >= _next[port])
        {
            _next[port] = now + Interval;
            int segment = _topology.SegmentOfVlan(decision.Vlan);
            _events.Publish(now, PortEventTypes.SecurityViolation, plan.Name, _topology.Plan.Segments[segment].Name, MacAddress.Read(frame[MacAddress.Length..]), EnumWords<LearnResult>.Of(decision.Learned));
        }
    }

    /// <summary>A segment that is full, or an address that moves too often, is not the fault of whoever is behind this port.</summary>
    private bool IsViolation(in BridgeDecision decision, PortLearningPlan rules) => decision.Learned switch
    {
        LearnResult.StaticConflict or LearnResult.StickyConflict => true,
        LearnResult.LimitReached => _bridge.Macs.CountAt(decision.Ingress) >= rules.MaxMacs,
        _ => false,
    };
}
