using System.Diagnostics.CodeAnalysis;
using Weft.Encap;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath.Security;

/// <summary>The associations of one machine with others.</summary>
internal sealed class MachineSecurity
{
    private readonly List<MachinePeer> _peers;
    private readonly Dictionary<IPv6Address, MachinePeer> _byAddress = [];
    private readonly SecurityAssociationDatabase _inbound;
    private readonly List<InboundAssociation> _opens = [];

    public MachineSecurity(List<MachinePeer> peers, int most, int inbound, HashSeed seed)
    {
        (_peers, _inbound) = (peers, new SecurityAssociationDatabase(Math.Max(1, inbound), new HashSeed(~seed.Low, seed.High)));
        Opener = new EspOpener(_inbound);
        Paths = new MachinePaths(most);
    }

    /// <summary>How long packets to each of the others may be.</summary>
    public MachinePaths Paths { get; }

    /// <summary>All associations that open, in the order of the configuration.</summary>
    public IReadOnlyList<InboundAssociation> Inbound => _opens;

    /// <summary>The other machines, in the order of the configuration.</summary>
    public IReadOnlyList<MachinePeer> Peers => _peers;

    /// <summary>Digests of the keys that seal.</summary>
    public IEnumerable<string> SealingKeys => _peers.SelectMany(peer => peer.Security.Outbound.Select(association => association.Identity.KeyDigest));

    /// <summary>Opens what comes from them.</summary>
    public EspOpener Opener { get; }

    public void Add(SecurityPlan plan, PeerSecurity security)
    {
        var peer = new MachinePeer(plan, security, _peers.Count, Paths.Track(plan.Peer, security));
        _peers.Add(peer);
        _byAddress[peer.Plan.Peer.IsIPv6 ? peer.Plan.Peer.V6 : IPv6Address.MapIPv4(peer.Plan.Peer.V4)] = peer;
        foreach (InboundAssociation association in peer.Security.Inbound)
        {
            _ = _inbound.TryAdd(association.Sa);
            _opens.Add(association);
        }
    }

    /// <summary>Goes on with what is known of the ways to the same machines.</summary>
    public void CarryOver(MachineSecurity old)
    {
        foreach (MachinePeer peer in _peers)
        {
            if (old._peers.Find(known => known.Plan.Peer == peer.Plan.Peer) is MachinePeer known)
            {
                Paths.CarryOver(peer, old.Paths, known);
            }
        }
    }

    /// <summary>Whether packets of an address, IPv4 ones mapped, are encrypted.</summary>
    public bool IsPeer(IPv6Address address) => _byAddress.ContainsKey(address);

    /// <summary>The machine that a packet comes from or goes to, if its packets are encrypted.</summary>
    /// <param name="packet">From the IP header on.</param>
    /// <param name="isSource">True for its sender.</param>
    /// <param name="peer">The machine.</param>
    public bool TryFind(ReadOnlySpan<byte> packet, bool isSource, [NotNullWhen(true)] out MachinePeer? peer)
    {
        peer = null;
        return IPv4View.TryParse(packet, out IPv4View v4) ? _byAddress.TryGetValue(IPv6Address.MapIPv4(isSource ? v4.Source : v4.Destination), out peer)
            : IPv6View.TryParse(packet, out IPv6View v6) && _byAddress.TryGetValue(isSource ? v6.Source : v6.Destination, out peer);
    }
}
