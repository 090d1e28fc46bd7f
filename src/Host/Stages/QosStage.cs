using Weft.Bridge;
using Weft.Flows;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Workers;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>Marks and meters what machines send. Ports without a policy send their frames past it.</summary>
internal sealed class QosStage : IGraphStage
{
    private readonly SwitchTopology _topology;
    private readonly QosMarker _marker;
    private readonly StageId _next;

    public QosStage(SwitchTopology topology, QosMarker? marker)
    {
        // Without a marker there is no such stage.
        (_topology, _marker, _next) = (topology, marker!, topology.BehindQos);
        Placement = topology.Plan.Ports.Any(port => port.Qos >= 0 && topology.Plan.QosPolicies[port.Qos].Rules.Any(rule => rule.Meter is not null)) ? StagePlacement.Home : StagePlacement.Anywhere;
    }

    public StageId Id => StageId.Qos;

    /// <summary>Meters count all of a port's packets; marks alone are the same everywhere.</summary>
    public StagePlacement Placement { get; }

    /// <summary>The policies of ports; null if no port has one.</summary>
    public static QosMarker? Create(SwitchPlan plan, Timestamp start) =>
        plan.Ports.Any(port => port.Qos >= 0) ? new QosMarker([.. plan.Ports.Select(port => port.Qos < 0 ? null : plan.QosPolicies[port.Qos])], start) : null;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            ref PacketContext context = ref vector[slot];
            if (context.Segment >= 0 || _marker.PolicyOf(context.Ingress) is not QosPolicy policy)
            {
                vector.Forward(slot, _next);
                continue;
            }

            QosVerdict verdict = _marker.Mark(context.Ingress, vector.Bytes(slot), context.Layout, vector.Now);
            vector.Trace?.Note(Id, Words(policy, verdict));
            if (verdict.IsDropped)
            {
                vector.Drop(slot, DropReason.QosPoliced);
                continue;
            }

            if (verdict.Priority is byte priority)
            {
                Tag(vector, slot, priority);
            }

            vector.Forward(slot, _next);
        }
    }

    /// <summary>A tag without a VLAN carries the priority to wherever the frame leaves with one; the bridge takes it out elsewhere (IEEE 802.1Q 6.9).</summary>
    private static void Tag(PacketVector vector, ushort slot, byte priority)
    {
        ref PacketContext context = ref vector[slot];
        var push = new VlanRewrite(VlanRewriteKind.Push, new VlanTci(0, priority).Value);
        // Never refused: the worker's pool keeps room for a tag in front.
        _ = push.TryApply(vector.Pool.Room(context.Packet), ref context.Packet.Offset, ref context.Packet.Length);
        _ = PacketLayout.TryParse(vector.Bytes(slot), out context.Layout);
    }

    private static string Words(QosPolicy policy, in QosVerdict verdict)
    {
        QosRule? rule = verdict.Rule < policy.Rules.Count ? policy.Rules[verdict.Rule] : null;
        string color = rule?.Meter is null ? "" : verdict.Color switch { MeterColor.Green => ", green", MeterColor.Yellow => ", yellow", _ => verdict.IsDropped ? ", red: too fast" : ", red" };
        return $"policy {policy.Name}, {(rule is null ? "no rule" : $"rule {rule.Name}")}{color}";
    }
}
