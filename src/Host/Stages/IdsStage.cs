using Weft.Bridge;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Intrusion;
using Weft.Host.Observe;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>
/// Compares frames with rules, between the bridge's decision and what is sent, so that an inline verdict is there before any
/// copy is made. A frame is inspected once by each sensor whose scope it is in.
/// </summary>
internal sealed class IdsStage(SwitchTopology topology, IntrusionSensors sensors) : IGraphStage
{
    public StageId Id => StageId.Ids;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (IdsSensor sensor in sensors.All)
        {
            sensor.TakeRules(vector.Now);
        }

        foreach (ushort slot in slots)
        {
            (Verdict verdict, IdsSensor? by) = Inspect(vector, slot);
            switch (verdict)
            {
                case Verdict.Drop:
                    vector.Drop(slot, DropReason.IdsDrop);
                    break;
                case Verdict.Reject:
                    Reject(vector, slot, by!);
                    break;
                default:
                    vector.Forward(slot, vector[slot].IsForListeners ? StageId.Multicast : StageId.Egress);
                    break;
            }
        }
    }

    /// <summary>The strongest verdict, and whose it is.</summary>
    private (Verdict Verdict, IdsSensor? By) Inspect(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        Span<byte> frame = vector.Bytes(slot);
        Verdict strongest = Verdict.Accept;
        IdsSensor? by = null;
        foreach (IdsSensor sensor in sensors.All)
        {
            if (!sensor.Scope.Covers(topology, context.Decision, frame))
            {
                continue;
            }

            Verdict verdict = sensor.Inspect(frame, context.Layout, vector.Now, topology.Plan.Ports[context.Ingress].Name, context.Decision.Vlan);
            if (vector.Trace is TraceRecorder trace)
            {
                trace.Note(Id, Describe(sensor, verdict));
            }

            if (verdict > strongest)
            {
                (strongest, by) = (verdict, sensor);
            }
        }

        return (strongest, by);
    }

    /// <summary>The answer takes the place of the packet in its own buffer and goes back the way that the packet came.</summary>
    private void Reject(PacketVector vector, ushort slot, IdsSensor sensor)
    {
        ref PacketContext context = ref vector[slot];
        Span<byte> answer = stackalloc byte[Rejection.MaxBytes];
        int length = Rejection.Write(vector.Bytes(slot), context.Layout, answer);
        if (vector.Trace is TraceRecorder trace)
        {
            trace.Note(Id, length == 0 ? "the sender is not told" : $"{(context.Layout.Protocol == IpProtocol.Tcp ? "a TCP reset" : "an ICMP error")} goes back to the sender");
            vector.Drop(slot, DropReason.IdsReject);
            return;
        }

        if (length == 0 || !sensor.MayReject(vector.Now) || !vector.Pool.TrySetLength(ref context.Packet, length))
        {
            vector.Drop(slot, DropReason.IdsReject);
            return;
        }

        vector.DropCopy(slot, DropReason.IdsReject);
        vector.Ledger.Generated++;
        sensor.Counters.Rejected++;
        answer[..length].CopyTo(vector.Bytes(slot));
        _ = PacketLayout.TryParse(vector.Bytes(slot), out context.Layout);
        if (context.Decision.Ingress.IsVtep)
        {
            context.Peer = context.Decision.Ingress.Index;
            context.Segment = topology.SegmentOfVlan(context.Decision.Vlan);
            vector.Forward(slot, StageId.Encap);
        }
        else if (topology.IsRouter(context.Decision.Ingress))
        {
            context.Segment = topology.SegmentOfVlan(context.Decision.Vlan);
            context.Decision = context.Decision with { Output = new BridgeOutput(context.Decision.Ingress, default, IsLast: true) };
            vector.Forward(slot, StageId.Route);
        }
        else
        {
            vector.Send(slot, context.Decision.Ingress.Index);
            vector.Release(slot);
        }
    }

    private static string Describe(IdsSensor sensor, Verdict verdict)
    {
        string[] alerts = [.. sensor.Alerts.ToArray().Select(alert => $"{alert.Action.ToString().ToLowerInvariant()} {alert.Gid}:{alert.Sid}{Message(sensor, alert)}")];
        string what = alerts.Length == 0 ? $"none of {sensor.Rules.Image.RuleCount} rules" : string.Join(", ", alerts);
        string effect = verdict == Verdict.Accept ? "" : $": {verdict.ToString().ToLowerInvariant()}";
        return $"sensor {sensor.Plan.Name}: {what}{effect}";
    }

    private static string Message(IdsSensor sensor, in Alert alert) =>
        sensor.Rules.Find(alert.Gid, alert.Sid) is { Message.Length: > 0 } rule ? $" \"{rule.Message}\"" : "";
}
