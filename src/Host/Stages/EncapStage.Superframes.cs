using Weft.Encap;
using Weft.Host.Datapath;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Stages;

/// <content>
/// Superframes into tunnels: no packet socket can describe segments below a tunnel's header, but datagrams of UDP it can, and a tunnel's are that.
/// </content>
internal sealed partial class EncapStage
{
    /// <summary>More than any superframe becomes: the headers in front of its frames take less than as much again.</summary>
    private const int MaxDatagramSuperframes = 4;
    private readonly Packet[] _datagrams = new Packet[MaxDatagramSuperframes];
    private readonly ushort[] _datagramSlots = new ushort[MaxDatagramSuperframes];

    /// <summary>
    /// Superframes whose frames fit the tunnel, if its next hop is known, the port takes those of UDP and the tunnel is neither protected nor to go without checksums.
    /// </summary>
    public bool TakesWhole(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        RemoteEndpoint remote = _topology.Peers[context.Peer];
        return context.Segment >= 0
            // While frames wait for a next hop their buffers are gone; those of superframes are few, and every port of the worker needs them.
            && _neighbors.IsKnown(context.Peer)
            && _ports[_topology.Plan.Vteps[remote.Vtep].Port] is { Capabilities.TakesUdpSuperframes: true }
            && _encapsulators[remote.Vtep].TakesSuperframes
            && _security.Of(context.Peer) is null
            && vector.Pool.KindOf(context.Packet) != SuperframeKind.Tunnelled
            && vector.Pool.LongestFrame(context.Packet) <= _peers[context.Peer].MaxInnerBytes
            // Those that wait to be sent give theirs back; nobody else does in this burst.
            && (vector.Pool.AvailableSuperframes >= MaxDatagramSuperframes || vector.WaitingToSend > 0);
    }

    /// <summary>Sends a superframe as superframes of UDP. False if it has to wait for buffers.</summary>
    private bool TryEncapsulateWhole(PacketVector vector, ushort slot, RemoteEndpoint remote, TunnelPeer peer)
    {
        ref PacketContext context = ref vector[slot];
        uint vni = _topology.Plan.Segments[context.Segment].Vni!.Value;
        ReadOnlySpan<byte> inner = vector.Bytes(slot);
        Span<byte> header = stackalloc byte[TunnelEncapsulator.MaxHeaderBytes];
        header = header[..peer.HeaderBytes];
        if (vector.Pool.AvailableSuperframes < MaxDatagramSuperframes || vector.FreeSlots < MaxDatagramSuperframes)
        {
            if (vector.WaitingToSend > 0)
            {
                return false;
            }

            vector.Drop(slot, DropReason.PoolExhausted);
            return true;
        }

        // What TakesWhole has asked is all that could be refused.
        _ = _encapsulators[remote.Vtep].WriteSuperframeHeader(header, inner, vector.Pool.LongestFrame(context.Packet), context.Layout, peer, vni);
        int count = vector.Pool.Encapsulate(context.Packet, header, TunnelEncapsulator.TunnelHeaderBytes, _datagrams);
        if (count == 0)
        {
            vector.Drop(slot, DropReason.PoolExhausted);
            return true;
        }

        vector.Trace?.Note(Id, $"VNI {vni} to {remote.Address} by {peer.NextHop}: a superframe of {inner.Length} bytes becomes datagrams in {count}");
        vector.Ledger.Traffic.Sent(context.Peer).Add(inner.Length);
        vector.Replace(slot, _datagrams.AsSpan(0, count), _datagramSlots);
        foreach (ushort made in _datagramSlots.AsSpan(0, count))
        {
            vector.Send(made, _topology.Plan.Vteps[remote.Vtep].Port);
            vector.Release(made);
        }

        vector.Release(slot);
        return true;
    }
}
