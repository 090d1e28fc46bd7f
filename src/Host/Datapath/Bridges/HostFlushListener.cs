using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath.Bridges;

/// <summary>
/// A host's ear for one pair of bridge nodes: when one takes over, addresses behind the other's tunnel are forgotten or re-pointed as it
/// asks. Only requests of a node of the pair, from its own endpoint, about the other one, are obeyed. Every worker has one, for its own
/// table; the first tells people.
/// </summary>
internal sealed class HostFlushListener(BridgePairPlan plan, EventLog? events, Timestamp start) : IDisposable
{
    private readonly string _name = $"pair {plan.Id}";
    private readonly HostFlushReceiver _receiver = new(plan.Id, plan.Key.Span);
    private EventPace _refusals = new(start);

    public BridgePairPlan Plan => plan;

    /// <summary>Requests obeyed.</summary>
    public long Obeyed { get; private set; }

    /// <summary>Requests that were malformed, forged, replayed or not for a node of the pair to make.</summary>
    public long Refused { get; private set; }

    /// <summary>Addresses forgotten or re-pointed.</summary>
    public long Addresses { get; private set; }

    /// <summary>Goes on where the listener of an earlier configuration stopped: what it heard must not be believed again.</summary>
    public void TakeOver(HostFlushListener earlier)
    {
        _receiver.ContinueFrom(earlier._receiver);
        (Obeyed, Refused, Addresses) = (earlier.Obeyed, earlier.Refused, earlier.Addresses);
    }

    public bool CanTakeOver(HostFlushListener earlier) => earlier.Plan.Id == plan.Id && earlier.Plan.Key.Span.SequenceEqual(plan.Key.Span);

    /// <summary>Takes a datagram from the underlay if it is a request of this pair.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="context">What is known of it.</param>
    /// <param name="topology">The switch.</param>
    /// <param name="macs">The table.</param>
    /// <param name="now">The time.</param>
    /// <param name="isForeign">No other listener knows the pair: this one refuses it, if one of its nodes is the sender.</param>
    public bool TryTake(ReadOnlySpan<byte> frame, in PacketContext context, SwitchTopology topology, FilteringDatabase macs, Timestamp now, bool isForeign)
    {
        VtepPlan vtep = topology.Plan.Vteps[plan.Vtep];
        if (context.Ingress != vtep.Port)
        {
            return false;
        }

        foreach (TunnelAddress node in plan.Nodes)
        {
            if (UnderlayDatagram.TryRead(frame, context.Layout, vtep.Address, node, plan.Port, out ReadOnlySpan<byte> message) && (isForeign || (HostFlush.TryParse(message, out HostFlush request) && request.Bridge == plan.Id)))
            {
                Judge(message, node, topology, macs, now);
                return true;
            }
        }

        return false;
    }

    public void Dispose() => _receiver.Dispose();

    private void Judge(ReadOnlySpan<byte> message, TunnelAddress node, SwitchTopology topology, FilteringDatabase macs, Timestamp now)
    {
        MacSyncVerdict verdict = _receiver.Receive(message, out HostFlush request);
        TunnelAddress other = plan.Nodes[0] == node ? plan.Nodes[1] : plan.Nodes[0];
        if (verdict != MacSyncVerdict.Accepted || request.To != BridgeNodeFactory.Mapped(node) || request.From != BridgeNodeFactory.Mapped(other))
        {
            Refused++;
            if (_refusals.MayPublish(now))
            {
                events?.Publish(now, BridgeEventTypes.FlushRefused, _name, node, verdict == MacSyncVerdict.Accepted ? "foreign-endpoint" : EnumWords<MacSyncVerdict>.Of(verdict));
            }

            return;
        }

        Obeyed++;
        int segment = topology.SegmentOf(plan.Vtep, request.Vni);
        int from = topology.PeerOf(plan.Vtep, other);
        int to = topology.PeerOf(plan.Vtep, node);
        if (segment < 0 || from < 0 || to < 0)
        {
            // A network of the pair's that this host has no part in.
            return;
        }

        ushort vlan = topology.Plan.Segments[segment].Vlan;
        int addresses = request.Mode == HostFlushMode.Repoint
            ? macs.Repoint(vlan, BridgeLocation.Vtep(from), BridgeLocation.Vtep(to))
            : macs.Flush(BridgeLocation.Vtep(from), vlan);
        Addresses += addresses;
        events?.Publish(now, BridgeEventTypes.Flushed, topology.Plan.Segments[segment].Name, EnumWords<HostFlushMode>.Of(request.Mode), other, node, addresses, (long)request.Epoch);
    }
}
