using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Bridge;

/// <content>Copies for everybody in a segment.</content>
public sealed partial class LearningBridge
{
    /// <summary>Hands every copy that a decision to flood asks for to <paramref name="sink"/>.</summary>
    /// <typeparam name="TSink">A struct, so that calls are direct.</typeparam>
    /// <param name="decision">A decision of this bridge to <see cref="BridgeAction.Flood"/>.</param>
    /// <param name="sink">Takes the copies.</param>
    /// <returns>Number of copies, at least 1.</returns>
    public int Flood<TSink>(in BridgeDecision decision, ref TSink sink)
        where TSink : IBridgeSink, allows ref struct
    {
        if (decision.Action != BridgeAction.Flood)
        {
            return 0;
        }

        BridgeSegment segment = _segments[decision.Segment];
        int copies = 0;
        BridgeOutput pending = default;
        foreach (BridgeSegment.Member member in segment.Members)
        {
            if (CanFlood(member.Port, decision.Vlan, decision.Ingress))
            {
                Emit(ref sink, ref pending, ref copies, BridgeLocation.Port(member.Port), VlanRewrite.Between(decision.IsTagged, member.Tagged, decision.Tci));
            }
        }

        if (!decision.Ingress.IsVtep)
        {
            foreach (int vtep in segment.Vteps)
            {
                Emit(ref sink, ref pending, ref copies, BridgeLocation.Vtep(vtep), VlanRewrite.Between(decision.IsTagged, sendTagged: false, decision.Tci));
            }
        }

        if (copies > 0)
        {
            sink.Output(pending with { IsLast = true });
        }

        return copies;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Emit<TSink>(ref TSink sink, ref BridgeOutput pending, ref int copies, BridgeLocation where, VlanRewrite rewrite)
        where TSink : IBridgeSink, allows ref struct
    {
        // One behind, so that the last copy can be told to be the last.
        if (copies++ > 0)
        {
            sink.Output(pending);
        }

        pending = new BridgeOutput(where, rewrite, IsLast: false);
    }

    private BridgeDecision FloodOrDrop(BridgeSegment segment, MacAddress destination, in BridgeDecision draft, Timestamp now, ref long counter)
    {
        bool reachesVteps = !draft.Ingress.IsVtep && segment.Vteps.Length > 0;
        if (!reachesVteps && !HasFloodPort(segment, draft.Ingress))
        {
            return Drop(BridgeDropReason.NoOutput, draft);
        }

        if (!draft.Ingress.IsVtep && _ports[draft.Ingress.Index].Storm is StormControl storm && !storm.MayFlood(destination, now))
        {
            return Drop(BridgeDropReason.StormLimit, draft);
        }

        counter++;
        return draft with { Action = BridgeAction.Flood };
    }

    private bool HasFloodPort(BridgeSegment segment, BridgeLocation ingress)
    {
        foreach (BridgeSegment.Member member in segment.Members)
        {
            if (CanFlood(member.Port, segment.Vlan, ingress))
            {
                return true;
            }
        }

        return false;
    }

    private bool CanFlood(int port, int vlan, BridgeLocation ingress) =>
        BridgeLocation.Port(port) != ingress && _ports[port].StateIn(vlan) == BridgePortState.Forwarding;
}
