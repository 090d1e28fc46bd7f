using Weft.Encap;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Underlay;

namespace Weft.Host.Stages;

/// <summary>Speaks for tunnel endpoints on the underlay: answers ARP and neighbour solicitations for their addresses, learns next hops and path MTUs.</summary>
internal sealed class EndpointStage(SwitchTopology topology, UnderlayNeighbors neighbors, TunnelPathMtus pathMtus) : IGraphStage
{
    public StageId Id => StageId.Endpoint;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            NeighborReceipt receipt = Offer(vector, slot);
            switch (receipt)
            {
                case NeighborReceipt.Answered or NeighborReceipt.Updated or NeighborReceipt.Ignored:
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

        bool atEndpoint = vector[slot].Vtep >= 0;
        vector.Trace?.Note(Id, atEndpoint ? "for an endpoint's address, but neither its tunnel nor ARP nor neighbour discovery" : "no endpoint here has its MAC and IP address");
        vector.Drop(slot, atEndpoint ? DropReason.EndpointServiceMissing : DropReason.NotForEndpoint);
    }

    private static string Words(NeighborReceipt receipt) => receipt switch
    {
        NeighborReceipt.Answered => "answered for the endpoint's address",
        NeighborReceipt.Updated => "told the MAC address of a next hop",
        _ => "ARP or neighbour discovery that changes nothing",
    };
}
