using Weft.Bridge;
using Weft.Encap;
using Weft.Flows;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Bridges;
using Weft.Host.Datapath.Underlay;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>
/// Speaks for tunnel endpoints on the underlay: answers ARP, neighbour solicitations and pings for their addresses, learns next hops and
/// path MTUs.
/// </summary>
internal sealed class EndpointStage(SwitchTopology topology, UnderlayNeighbors neighbors, TunnelPathMtus pathMtus, BridgeNodes? nodes, HostFlushListener[] listeners, LearningBridge bridge) : IGraphStage
{
    /// <summary>Pings that an endpoint answers a second, enough for operators and too little for a flood.</summary>
    public const int EchoesPerSecond = 100;

    /// <summary>Pings that it answers at once.</summary>
    public const int EchoBurst = 50;

    private readonly EchoResponder[] _echo = [.. topology.Plan.Vteps.Select(vtep => new EchoResponder(VtepOptionsFactory.AddressOf(vtep.Address), vtep.Mac))];

    private readonly TokenBucket[] _echoRate = [.. topology.Plan.Vteps.Select(_ => new TokenBucket(EchoesPerSecond, EchoBurst, Timestamp.Zero))];

    /// <summary>Messages a second of which the other workers get copies: more than neighbours have to say, too little to keep anybody busy.</summary>
    private const int ReplicasPerSecond = 1000;

    private TokenBucket _replicaRate = new(ReplicasPerSecond, ReplicasPerSecond, Timestamp.Zero);

    public StageId Id => StageId.Endpoint;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            if (vector[slot].IsManagement)
            {
                TakeManagement(vector, slot);
                continue;
            }

            if (TryTakeForBridges(vector, slot))
            {
                vector.Trace?.Consume(Id, "of a pair of bridge nodes");
                vector.Consume(slot);
                continue;
            }

            NeighborReceipt receipt = Offer(vector, slot);
            if (vector[slot].IsReplica)
            {
                TakeReplica(vector, slot, receipt);
                continue;
            }

            if (nodes is not null && receipt is NeighborReceipt.Answered or NeighborReceipt.Updated or NeighborReceipt.Ignored)
            {
                nodes.NoteNeighbor(vector.Bytes(slot), vector[slot], vector.Now);
            }

            switch (receipt)
            {
                case NeighborReceipt.Answered or NeighborReceipt.Updated or NeighborReceipt.Ignored:
                    Share(vector, slot);
                    vector.Trace?.Consume(Id, Words(receipt));
                    vector.Consume(slot);
                    break;
                case NeighborReceipt.Malformed:
                    vector.Trace?.Note(Id, "the ARP or neighbour discovery message is damaged or breaks a rule");
                    vector.Drop(slot, DropReason.NeighborMalformed);
                    break;
                case NeighborReceipt.Conflict:
                    vector.Trace?.Note(Id, "somebody else uses the endpoint's address");
                    vector.Drop(slot, DropReason.AddressConflict);
                    break;
                default:
                    Refuse(vector, slot);
                    break;
            }
        }
    }

    /// <summary>What neighbours and routers say concerns every worker, since each puts frames into tunnels by itself.</summary>
    private void Share(PacketVector vector, ushort slot)
    {
        if (!vector.Link.IsAlone && !vector[slot].IsReplica && _replicaRate.TryTake(vector.Now, 1))
        {
            vector.Replicate(slot, Id);
        }
    }

    /// <summary>Ends a copy of what the first worker has answered, if it was to be answered.</summary>
    private void TakeReplica(PacketVector vector, ushort slot, NeighborReceipt receipt)
    {
        if (receipt == NeighborReceipt.NotMine)
        {
            foreach (int vtep in topology.VtepsOf(vector[slot].Ingress))
            {
                _ = pathMtus.Receive(vector, slot, vtep);
            }
        }

        vector.Consume(slot);
    }

    /// <summary>BFD of the other bridge node; nothing else is spoken between endpoints in the management VNI (RFC 8971).</summary>
    private void TakeManagement(PacketVector vector, ushort slot)
    {
        if (nodes is not null && nodes.TryTakeManagement(vector.Bytes(slot), vector[slot], vector.Now))
        {
            vector.Trace?.Consume(Id, "BFD of the other bridge node");
            vector.Consume(slot);
            return;
        }

        vector.Trace?.Note(Id, "no BFD packet of the other bridge node");
        vector.Drop(slot, DropReason.TunnelControl);
    }

    private bool TryTakeForBridges(PacketVector vector, ushort slot)
    {
        if (nodes is not null && nodes.TryTakeDatagram(vector.Bytes(slot), vector[slot], vector.Now))
        {
            return true;
        }

        return TryTakeRequest(vector, slot, isForeign: false) || TryTakeRequest(vector, slot, isForeign: true);
    }

    private bool TryTakeRequest(PacketVector vector, ushort slot, bool isForeign)
    {
        foreach (HostFlushListener listener in listeners)
        {
            if (listener.TryTake(vector.Bytes(slot), vector[slot], topology, bridge.Macs, vector.Now, isForeign))
            {
                // Every worker has a table of its own.
                Share(vector, slot);
                return true;
            }
        }

        return false;
    }

    /// <summary>Offers the frame to every endpoint of the port: two of them may have the same next hop.</summary>
    private NeighborReceipt Offer(PacketVector vector, ushort slot)
    {
        NeighborReceipt result = NeighborReceipt.NotMine;
        foreach (int vtep in topology.VtepsOf(vector[slot].Ingress))
        {
            NeighborReceipt receipt = neighbors.Receive(vector, slot, vtep);
            // An answer outranks all else, and all else outranks silence.
            if (result == NeighborReceipt.NotMine || receipt == NeighborReceipt.Answered)
            {
                result = receipt;
            }
        }

        return result;
    }

    private void Refuse(PacketVector vector, ushort slot)
    {
        foreach (int vtep in topology.VtepsOf(vector[slot].Ingress))
        {
            switch (pathMtus.Receive(vector, slot, vtep))
            {
                case PathMtuVerdict.Lowered or PathMtuVerdict.Unchanged:
                    Share(vector, slot);
                    vector.Trace?.Consume(Id, "told how large packets to a peer may be");
                    vector.Consume(slot);
                    return;
                case PathMtuVerdict.Refused:
                    vector.Trace?.Note(Id, "the \"packet too big\" message is damaged or quotes no packet of a tunnel in use");
                    vector.Drop(slot, DropReason.PacketTooBigRefused);
                    return;
                default:
                    break;
            }
        }

        if (pathMtus.TryTakeAnswer(vector, slot))
        {
            vector.Trace?.Consume(Id, "a probe of a path came back");
            vector.Consume(slot);
            return;
        }

        ref PacketContext context = ref vector[slot];
        bool atEndpoint = context.Vtep >= 0;
        if (atEndpoint && IsEchoRequest(vector.Bytes(slot), context.Layout))
        {
            Answer(vector, slot);
            return;
        }

        vector.Trace?.Note(Id, atEndpoint ? "for an endpoint's address, but neither its tunnel nor ARP nor neighbour discovery" : "no endpoint here has its MAC and IP address");
        vector.Drop(slot, atEndpoint ? DropReason.EndpointServiceMissing : DropReason.NotForEndpoint);
    }

    private static bool IsEchoRequest(ReadOnlySpan<byte> frame, in PacketLayout layout) => layout.HasL4 && (layout.Protocol, frame[layout.L4Offset]) is
        (IpProtocol.Icmp, (byte)IcmpType.EchoRequest) or (IpProtocol.IcmpV6, (byte)IcmpV6Type.EchoRequest);

    /// <summary>The reply takes the place of the request in its own buffer.</summary>
    private void Answer(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        if (!_echoRate[context.Vtep].TryTake(vector.Now, 1))
        {
            vector.Trace?.Note(Id, "a ping beyond the rate at which the endpoint answers");
            vector.Drop(slot, DropReason.EchoLimited);
        }
        else if (_echo[context.Vtep].TryAnswer(vector.Bytes(slot), context.Layout))
        {
            vector.Trace?.Consume(Id, "answered a ping to the endpoint's address");
            vector.Ledger.Consumed++;
            vector.Ledger.Generated++;
            vector.Send(slot, context.Ingress);
            vector.Release(slot);
        }
        else
        {
            vector.Trace?.Note(Id, "a ping that is damaged, or from an address that nobody may answer");
            vector.Drop(slot, DropReason.EndpointServiceMissing);
        }
    }

    private static string Words(NeighborReceipt receipt) => receipt switch
    {
        NeighborReceipt.Answered => "answered for the endpoint's address",
        NeighborReceipt.Updated => "told the MAC address of a next hop",
        _ => "ARP or neighbour discovery that changes nothing",
    };
}
