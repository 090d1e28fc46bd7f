using Weft.Bridge;

namespace Weft.Host.Datapath.Groups;

/// <summary>
/// Numbers for Weft.Multicast: segments that snoop count from 0; local ports keep their numbers, and tunnel peers of those segments
/// come behind them. Immutable.
/// </summary>
internal sealed class MulticastPlaces
{
    private readonly int[] _segmentOf;
    private readonly int[] _placeOfPeer;
    private readonly int[][] _peersOf;
    private readonly List<int> _peers = [];

    public MulticastPlaces(SwitchTopology topology)
    {
        Topology = topology;
        Segments = [.. topology.Plan.Segments.Index().Where(segment => segment.Item.Multicast.Snooping).Select(segment => segment.Index)];
        _segmentOf = [.. topology.Plan.Segments.Select((_, index) => Segments.IndexOf(index))];
        _peersOf = [.. topology.Plan.Segments.Select(segment => segment.Peers.Select(peer => topology.PeerOf(segment.Vtep, peer)).ToArray())];
        _placeOfPeer = new int[topology.Peers.Count];
        _placeOfPeer.AsSpan().Fill(-1);
        foreach (int segment in Segments)
        {
            foreach (int peer in PeersOf(segment))
            {
                if (_placeOfPeer[peer] < 0)
                {
                    _placeOfPeer[peer] = LocalPorts + _peers.Count;
                    _peers.Add(peer);
                }
            }
        }
    }

    public SwitchTopology Topology { get; }

    /// <summary>The switch's segments that snoop; the index is the engine's number.</summary>
    public List<int> Segments { get; }

    /// <summary>Local ports.</summary>
    public int LocalPorts => Topology.Plan.Ports.Count;

    /// <summary>Local ports and tunnel peers.</summary>
    public int Count => LocalPorts + _peers.Count;

    /// <summary>The engine's number of a segment, -1 if it does not snoop.</summary>
    public int SegmentOf(int segment) => segment < 0 ? -1 : _segmentOf[segment];

    /// <summary>The engine's number of a tunnel peer, -1 if no segment that snoops has it.</summary>
    public int OfPeer(int peer) => _placeOfPeer[peer];

    /// <summary>True for a tunnel peer.</summary>
    public bool IsPeer(int place) => place >= LocalPorts;

    /// <summary>The switch's number of a tunnel peer.</summary>
    public int PeerAt(int place) => _peers[place - LocalPorts];

    /// <summary>What a person calls a place.</summary>
    public string NameOf(int place) => Topology.NameOf(IsPeer(place) ? BridgeLocation.Vtep(PeerAt(place)) : BridgeLocation.Port(place));

    /// <summary>The switch's numbers of a segment's tunnel peers.</summary>
    public int[] PeersOf(int segment) => _peersOf[segment];
}
