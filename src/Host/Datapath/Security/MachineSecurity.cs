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

    public MachineSecurity(List<MachinePeer> peers, int inbound, HashSeed seed)
    {
        (_peers, _inbound) = (peers, new SecurityAssociationDatabase(Math.Max(1, inbound), new HashSeed(~seed.Low, seed.High)));
        Opener = new EspOpener(_inbound);
    }

    /// <summary>The other machines, in the order of the configuration.</summary>
    public IReadOnlyList<MachinePeer> Peers => _peers;

    /// <summary>Digests of the keys that seal.</summary>
    public IEnumerable<string> SealingKeys => _peers.SelectMany(peer => peer.Security.Outbound.Select(association => association.Identity.KeyDigest));

    /// <summary>Opens what comes from them.</summary>
    public EspOpener Opener { get; }

    public void Add(MachinePeer peer)
    {
        _peers.Add(peer);
        _byAddress[peer.Plan.Peer.IsIPv6 ? peer.Plan.Peer.V6 : IPv6Address.MapIPv4(peer.Plan.Peer.V4)] = peer;
        foreach (InboundAssociation association in peer.Security.Inbound)
        {
            _ = _inbound.TryAdd(association.Sa);
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
