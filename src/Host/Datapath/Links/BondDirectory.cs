using Weft.Bridge;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath.Links;

/// <summary>Which ports are links of which bond, and which link a flow takes. The first worker has the engine; all read what it decided.</summary>
internal sealed class BondDirectory
{
    private readonly KeyedHash _hash;
    private readonly int[] _bondOfPort;
    private readonly int[] _groupOfPort;
    private LinkAggregator? _engine;

    public BondDirectory(SwitchPlan plan, HashSeed seed)
    {
        _hash = new KeyedHash(seed);
        Ports = [.. plan.Ports.Index().Where(port => port.Item.Bond is not null).Select(port => port.Index)];
        _bondOfPort = [.. plan.Ports.Select(_ => -1)];
        _groupOfPort = [.. plan.Ports.Select(_ => -1)];
        for (int group = 0; group < Ports.Length; group++)
        {
            _groupOfPort[Ports[group]] = group;
            foreach (int member in plan.Ports[Ports[group]].Bond!.Members)
            {
                (_bondOfPort[member], _groupOfPort[member]) = (Ports[group], group);
            }
        }
    }

    /// <summary>The bonds' own places among the ports, by number of group.</summary>
    public int[] Ports { get; }

    /// <summary>The bond that a port is a link of, -1 if it is none.</summary>
    public int BondOf(int port) => _bondOfPort[port];

    /// <summary>Number of the group of a bond or link.</summary>
    public int GroupOf(int port) => _groupOfPort[port];

    /// <summary>Whether what comes from a link is taken.</summary>
    public bool IsCollecting(int port) => _engine is not null && _engine.IsCollecting(port);

    /// <summary>The link that a frame leaves a bond through, -1 if none can be used.</summary>
    public int LinkFor(int bond, ReadOnlySpan<byte> frame)
    {
        // Tunnels and tags change headers; what was found out about the frame when it came may not hold any more.
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        return _engine is null ? -1 : _engine.PortOf(_groupOfPort[bond], LinkHash.Of(frame, layout, _hash));
    }

    /// <summary>Reads from now on what an engine decides.</summary>
    public void Follow(LinkAggregator? engine) => _engine = engine;
}
