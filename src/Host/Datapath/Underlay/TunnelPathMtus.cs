using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath.Security;
using Weft.Host.Datapath.Workers;
using Weft.Host.Observe;
using Weft.Host.Stages;
using Weft.Packets;

namespace Weft.Host.Datapath.Underlay;

/// <summary>
/// How large packets to each peer may be, as routers on the way say (RFC 1191, RFC 8201) and as probes find out (RFC 8899). What routers
/// say holds for a time and for the packets that follow.
/// </summary>
/// <remarks>
/// The first worker probes. The others read what it found out at their next round; what routers say reaches each by itself.
/// </remarks>
internal sealed class TunnelPathMtus
{
    private static readonly TimeSpan UntilResolved = TimeSpan.FromSeconds(1);

    private readonly PathMtuTable[] _tables;
    private readonly PathProber?[] _probers;
    private readonly TunnelPeer[] _peers;
    private readonly int[][] _peerOf;
    private readonly SwitchTopology _topology;
    private readonly UnderlayNeighbors _neighbors;
    private readonly bool _probes;

    // Written by the worker that probes, read by the others: sizes before the version.
    private readonly int[] _found;
    private int _version;
    private TunnelPathMtus? _leader;
    private int _followed;

    public TunnelPathMtus(
        SwitchTopology topology, TunnelEncapsulator[] encapsulators, TunnelPeer[] peers, SecurityAssociations security, UnderlayNeighbors neighbors, HashSeed seed, Timestamp start, bool probes)
    {
        (_topology, _peers, _neighbors, _probes) = (topology, peers, neighbors, probes);
        _peerOf = [.. encapsulators.Select((_, vtep) => topology.Peers.Index().Where(peer => peer.Item.Vtep == vtep).Select(peer => peer.Index).ToArray())];
        _tables = [.. encapsulators.Select((encapsulator, vtep) => Create(encapsulator.Options, topology.Plan.Vteps[vtep].PathMtu, Math.Max(1, _peerOf[vtep].Length)))];
        // What a probe shows on the wire must not help against other hashes.
        var secret = new HashSeed(seed.High ^ ~seed.Low, ~seed.High);
        _probers = [.. encapsulators.Select((encapsulator, vtep) => Probes(vtep) ? new PathProber(encapsulator.Options.Address, encapsulator.Options.Mac, secret) : null)];
        _found = new int[peers.Length];
        for (int vtep = 0; vtep < _tables.Length; vtep++)
        {
            foreach (int peer in _peerOf[vtep])
            {
                int path = _tables[vtep].Track(peers[peer].Address, start);
                if (security.Of(peer) is PeerSecurity sealing)
                {
                    _tables[vtep].Protect(path, sealing.Outbound.Select(association => association.Sa));
                }

                Apply(vtep, path);
            }
        }
    }

    /// <summary>When <see cref="Advance"/> has something to do; the greatest timestamp if it never has.</summary>
    public Timestamp NextDeadline
    {
        get
        {
            Timestamp next = _leader is not null && Volatile.Read(ref _leader._version) != _followed ? Timestamp.Zero : Timestamp.MaxValue;
            foreach (PathMtuTable table in _tables)
            {
                next = table.NextDeadline < next ? table.NextDeadline : next;
            }

            return next;
        }
    }

    /// <summary>Has another worker probe, and reads what it finds out.</summary>
    public void Follow(TunnelPathMtus leader)
    {
        _leader = leader;
        Listen();
    }

    /// <summary>Numbers of an endpoint's peers and what the paths to them carry.</summary>
    public IEnumerable<(int Peer, int MtuBytes)> PathsOf(int vtep) => _peerOf[vtep].Select(peer => (peer, _peers[peer].PathMtu));

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

    /// <summary>Takes the answer to a probe, in time or not.</summary>
    /// <returns>False if the frame is none.</returns>
    public bool TryTakeAnswer(PacketVector vector, ushort slot)
    {
        foreach (int vtep in _topology.VtepsOf(vector[slot].Ingress))
        {
            if (_probers[vtep] is PathProber prober && prober.TryReadAnswer(vector.Bytes(slot), vector[slot].Layout, out VtepAddress remote, out int path, out uint token))
            {
                // A reload may have numbered the paths anew while the probe was under way.
                bool isPath = (uint)path < (uint)_peerOf[vtep].Length && _peers[_peerOf[vtep][path]].Address == remote;
                if (isPath && _tables[vtep].OnProbeAnswer(path, token, vector.Now))
                {
                    Apply(vtep, path);
                }

                return true;
            }
        }

        return false;
    }

    /// <summary>Tries paths larger again whose time is over, and sends probes. Call it when <see cref="NextDeadline"/> has come.</summary>
    public void Advance(PacketVector vector)
    {
        Listen();
        for (int vtep = 0; vtep < _tables.Length; vtep++)
        {
            while (vector.Now >= _tables[vtep].NextDeadline && _tables[vtep].TryAdvance(vector.Now, out PathMtuEvent next))
            {
                if (!next.IsProbe)
                {
                    Apply(vtep, next.Path);
                }
                else if (!TrySend(vector, vtep, next))
                {
                    _tables[vtep].Postpone(next.Path, next.Token, vector.Now + UntilResolved);
                }
            }
        }
    }

    /// <summary>Goes on with what an earlier configuration knew about the same paths.</summary>
    public void CarryOver(TunnelPathMtus old, NewNumbers numbers)
    {
        int[] pathOf = new int[_peers.Length];
        foreach (int[] peers in _peerOf)
        {
            for (int path = 0; path < peers.Length; path++)
            {
                pathOf[peers[path]] = path;
            }
        }

        for (int before = 0; before < old._tables.Length; before++)
        {
            int vtep = numbers.Vteps[before];
            if (vtep < 0 || old._topology.Plan.Vteps[before].Address != _topology.Plan.Vteps[vtep].Address)
            {
                continue;
            }

            for (int known = 0; known < old._peerOf[before].Length; known++)
            {
                if (numbers.Peers[old._peerOf[before][known]] is >= 0 and int peer)
                {
                    _tables[vtep].CarryOver(pathOf[peer], old._tables[before], known);
                    Apply(vtep, pathOf[peer]);
                }
            }
        }
    }

    /// <summary>Takes over what a picture shows, for a twin that finds out nothing itself.</summary>
    public void Restore(SwitchSnapshot state)
    {
        foreach (TunnelSnapshot tunnel in state.Tunnels)
        {
            int vtep = Position.Of(_topology.Plan.Vteps, known => known.Name == tunnel.Vtep);
            foreach (PathSnapshot path in vtep < 0 ? [] : tunnel.Paths)
            {
                if (_topology.PeerOf(vtep, path.Peer) is >= 0 and int peer)
                {
                    _peers[peer].SetPathMtu(Math.Max(path.MtuBytes, TunnelPeer.MinPathMtu));
                }
            }
        }
    }

    private PathMtuTable Create(VtepOptions options, PathMtuPlan plan, int capacity) => new(new PathMtuOptions
    {
        Address = options.Address,
        UdpPort = options.EffectiveUdpPort,
        SourcePortMin = options.SourcePortMin,
        SourcePortMax = options.SourcePortMax,
        MaxMtuBytes = options.Address.IsIPv4 ? options.MtuBytes : Math.Max(options.MtuBytes, PathMtuTable.IPv6Floor),
        Capacity = capacity,
        Probing = plan.Probe && _probes,
        ProbeTimeout = plan.ProbeTimeout,
        MaxProbes = plan.MaxProbes,
        ConfirmAfter = plan.ConfirmAfter,
        RaiseAfter = plan.RaiseAfter,
    });

    private bool Probes(int vtep) => _topology.Plan.Vteps[vtep].PathMtu.Probe && _probes;

    /// <summary>Sends a probe. False if its next hop is not known yet, or no buffer is free.</summary>
    private bool TrySend(PacketVector vector, int vtep, in PathMtuEvent probe)
    {
        int peer = _peerOf[vtep][probe.Path];
        int port = _topology.Plan.Vteps[vtep].Port;
        if (!_neighbors.TryResolve(vector, peer, out MacAddress nextHop) || !vector.TryGenerate(order: 0, (ushort)port, out ushort slot))
        {
            return false;
        }

        vector[slot].IsQuestion = true;
        // A buffer holds any packet of its port, and no probe is larger.
        _ = vector.Pool.TrySetLength(ref vector[slot].Packet, PathProber.FrameBytes(probe));
        _probers[vtep]!.Write(_peers[peer].Address, nextHop, probe, vector.Bytes(slot));
        vector.Send(slot, port);
        vector.Release(slot);
        return true;
    }

    /// <summary>A path that carries less than any IPv4 host must take is of no use to a tunnel; its packets may be lost there.</summary>
    private void Apply(int vtep, int path)
    {
        int peer = _peerOf[vtep][path];
        int bytes = Math.Max(_tables[vtep].MtuOf(path), TunnelPeer.MinPathMtu);
        _peers[peer].SetPathMtu(bytes);
        if (Probes(vtep))
        {
            Volatile.Write(ref _found[peer], bytes);
            Volatile.Write(ref _version, _version + 1);
        }
    }

    /// <summary>Reads what the worker that probes has found out since.</summary>
    private void Listen()
    {
        if (_leader is null)
        {
            return;
        }

        _followed = Volatile.Read(ref _leader._version);
        for (int peer = 0; peer < _peers.Length; peer++)
        {
            if (Volatile.Read(ref _leader._found[peer]) is > 0 and int bytes)
            {
                _peers[peer].SetPathMtu(bytes);
            }
        }
    }
}
