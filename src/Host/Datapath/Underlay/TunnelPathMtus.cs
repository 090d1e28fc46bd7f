using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath.Security;
using Weft.Packets;

namespace Weft.Host.Datapath.Underlay;

/// <summary>
/// How large packets to each peer may be, as routers on the way say (RFC 1191, RFC 8201). What they say holds for ten minutes
/// and for the packets that follow.
/// </summary>
internal sealed class TunnelPathMtus
{
    private readonly PathMtuTable[] _tables;
    private readonly TunnelPeer[] _peers;
    private readonly int[][] _peerOf;
    private readonly SwitchTopology _topology;

    public TunnelPathMtus(SwitchTopology topology, TunnelEncapsulator[] encapsulators, TunnelPeer[] peers, SecurityAssociations security, Timestamp start)
    {
        (_topology, _peers) = (topology, peers);
        _peerOf = [.. encapsulators.Select((_, vtep) => topology.Peers.Index().Where(peer => peer.Item.Vtep == vtep).Select(peer => peer.Index).ToArray())];
        _tables = [.. encapsulators.Select((encapsulator, vtep) => Create(encapsulator.Options, Math.Max(1, _peerOf[vtep].Length)))];
        for (int vtep = 0; vtep < _tables.Length; vtep++)
        {
            foreach (int peer in _peerOf[vtep])
            {
                int path = _tables[vtep].Track(peers[peer].Address, start);
                if (security.Of(peer) is PeerSecurity sealing)
                {
                    _tables[vtep].Protect(path, sealing.Outbound.Select(association => association.Sa));
                }
            }
        }
    }

    /// <summary>Offers a frame from the underlay to an endpoint.</summary>
    public PathMtuVerdict Receive(PacketVector vector, ushort slot, int vtep)
    {
        PathMtuVerdict verdict = _tables[vtep].OnPacketTooBig(vector.Bytes(slot), vector[slot].Layout, vector.Now, out int path);
        if (verdict == PathMtuVerdict.Lowered)
        {
            Apply(vtep, path);
            vector.Trace?.Note(StageId.Endpoint, $"the path to {_peers[_peerOf[vtep][path]].Address} carries {_tables[vtep].MtuOf(path)} bytes");
        }

        return verdict;
    }

    /// <summary>Tries paths larger again whose time is over.</summary>
    public void Advance(Timestamp now)
    {
        for (int vtep = 0; vtep < _tables.Length; vtep++)
        {
            while (now >= _tables[vtep].NextDeadline && _tables[vtep].TryAdvance(now, out PathMtuEvent change))
            {
                Apply(vtep, change.Path);
            }
        }
    }

    /// <summary>Goes on with what an earlier configuration knew about the same paths.</summary>
    public void CarryOver(TunnelPathMtus old)
    {
        for (int vtep = 0; vtep < _tables.Length; vtep++)
        {
            VtepPlan plan = _topology.Plan.Vteps[vtep];
            int before = Position.Of(old._topology.Plan.Vteps, known => known.Name == plan.Name && known.Address == plan.Address);
            for (int path = 0; before >= 0 && path < _peerOf[vtep].Length; path++)
            {
                int known = Position.Of(old._peerOf[before], peer => old._peers[peer].Address == _peers[_peerOf[vtep][path]].Address);
                if (known >= 0)
                {
                    _tables[vtep].CarryOver(path, old._tables[before], known);
                    Apply(vtep, path);
                }
            }
        }
    }

    private static PathMtuTable Create(VtepOptions options, int capacity) => new(new PathMtuOptions
    {
        Address = options.Address,
        UdpPort = options.EffectiveUdpPort,
        SourcePortMin = options.SourcePortMin,
        SourcePortMax = options.SourcePortMax,
        MaxMtuBytes = options.Address.IsIPv4 ? options.MtuBytes : Math.Max(options.MtuBytes, PathMtuTable.IPv6Floor),
        Capacity = capacity,
    });

    /// <summary>A path that carries less than any IPv4 host must take is of no use to a tunnel; its packets may be lost there.</summary>
    private void Apply(int vtep, int path) => _peers[_peerOf[vtep][path]].SetPathMtu(Math.Max(_tables[vtep].MtuOf(path), TunnelPeer.MinPathMtu));
}
