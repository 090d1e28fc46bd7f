using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath.Security;
using Weft.Host.Datapath.Workers;
using Weft.Host.Stages;
using Weft.Packets;

namespace Weft.Host.Datapath.Underlay;

/// <summary>The engines of every tunnel endpoint: what puts frames into packets, what takes them out, what they share.</summary>
internal sealed class TunnelEngines
{
    /// <summary>Most "packet too big" messages to machines (RFC 1812 section 4.3.2.8, RFC 4443 section 2.4 ask for a limit).</summary>
    private const int MaxAnswersPerSecond = 1000;

    private readonly SwitchTopology _topology;
    private readonly TunnelTotals[] _earlier;

    public TunnelEngines(SwitchTopology topology, SecurityAssociations security, UnderlayNeighbors neighbors, HashSeed seed, Timestamp start, WorkerLink link, bool mayProbe)
    {
        _topology = topology;
        SwitchPlan plan = topology.Plan;
        VtepOptions[] vteps = [.. plan.Vteps.Select(vtep => VtepOptionsFactory.Create(plan, vtep, seed, link.Index))];
        Encapsulators = [.. vteps.Select(options => new TunnelEncapsulator(options))];
        Fragmenters = [.. Encapsulators.Select(encapsulator => encapsulator.Options.Fragmentation is null ? null : new TunnelFragmenter(encapsulator))];
        Decapsulators = [.. vteps.Select(options => new TunnelDecapsulator(options))];
        Peers = [.. topology.Peers.Select(peer => Encapsulators[peer.Vtep].CreatePeer(VtepOptionsFactory.AddressOf(peer.Address)))];
        // The first worker alone asks; what it finds out the others read.
        PathMtus = new TunnelPathMtus(topology, Encapsulators, Peers, security, neighbors, seed, start, mayProbe && link.IsHome);
        TooBig = new PacketTooBigResponder(Math.Max(1, MaxAnswersPerSecond / plan.Workers), start);
        Reassembly = new TunnelReassembly(plan, seed);
        _earlier = new TunnelTotals[vteps.Length];
    }

    /// <summary>By endpoint.</summary>
    public TunnelEncapsulator[] Encapsulators { get; }

    /// <summary>By endpoint, null where frames are not cut.</summary>
    public TunnelFragmenter?[] Fragmenters { get; }

    /// <summary>By endpoint.</summary>
    public TunnelDecapsulator[] Decapsulators { get; }

    /// <summary>By number of the remote endpoint.</summary>
    public TunnelPeer[] Peers { get; }

    /// <summary>Learns how large packets to peers may be.</summary>
    public TunnelPathMtus PathMtus { get; }

    /// <summary>Tells machines which length fits.</summary>
    public PacketTooBigResponder TooBig { get; }

    /// <summary>Puts frames together.</summary>
    public TunnelReassembly Reassembly { get; }

    /// <summary>What an endpoint did.</summary>
    public TunnelTotals TotalsOf(int vtep)
    {
        ref readonly EncapCounters whole = ref Encapsulators[vtep].Counters;
        FragmentationCounters cut = Fragmenters[vtep]?.Counters ?? default;
        ref readonly DecapCounters received = ref Decapsulators[vtep].Counters;
        ReassemblyCounters together = Reassembly.CountersOf(vtep);
        return _earlier[vtep] + new TunnelTotals(
            whole.Encapsulated + cut.Whole,
            cut.Fragmented,
            cut.Fragments,
            received.Decapsulated,
            received.Fragments,
            together.Completed + together.Atomic,
            together.Expired);
    }

    /// <summary>The smallest path MTU towards a peer of an endpoint.</summary>
    public int PathMtuOf(int vtep)
    {
        int least = Encapsulators[vtep].Options.MtuBytes;
        for (int peer = 0; peer < Peers.Length; peer++)
        {
            least = _topology.Peers[peer].Vtep == vtep ? Math.Min(least, Peers[peer].PathMtu) : least;
        }

        return least;
    }

    /// <summary>Goes on with what was known of paths, and with numbering frames that are cut.</summary>
    public void CarryOver(TunnelEngines old, NewNumbers numbers)
    {
        PathMtus.CarryOver(old.PathMtus, numbers);
        for (int before = 0; before < old.Peers.Length; before++)
        {
            if (numbers.Peers[before] is >= 0 and int peer)
            {
                Peers[peer].ContinueFrom(old.Peers[before]);
            }
        }
    }

    /// <summary>Adds the counts of endpoints that an earlier configuration had by the same name.</summary>
    public void AddTotals(TunnelEngines old)
    {
        for (int vtep = 0; vtep < _earlier.Length; vtep++)
        {
            string name = _topology.Plan.Vteps[vtep].Name;
            int before = Position.Of(old._topology.Plan.Vteps, known => known.Name == name);
            _earlier[vtep] += before < 0 ? default : old.TotalsOf(before);
        }
    }
}
