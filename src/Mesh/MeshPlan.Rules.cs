using System.Collections.Frozen;
using Weft.Packets;

namespace Weft.Mesh;

/// <summary>What the translator asks when a packet belongs to no connection it knows.</summary>
public sealed partial class MeshPlan
{
    private static readonly IPv4Prefix Loopback4 = IPv4Prefix.Parse("127.0.0.0/8");
    private static readonly IPv6Address Loopback6 = new(0, 1);

    private readonly Rules _rules;

    /// <summary>True for an address that no wire may have: of the pool, or of loopback.</summary>
    internal bool IsLoopback(IPv6Address address) =>
        Pool.Contains(address) || (MeshAddress.IsIPv4(address) ? Loopback4.Contains(MeshAddress.ToIPv4(address)) : address == Loopback6);

    /// <summary>True if the address is another machine's.</summary>
    internal bool IsPeer(IPv6Address address) => _clientByReal.ContainsKey(address);

    /// <summary>True if the address is this machine's.</summary>
    internal bool IsOwn(IPv6Address address) => _ownServerByReal.ContainsKey(address);

    /// <summary>True if it is an own address and a port that the machine serves.</summary>
    internal bool IsOwnService(MeshEndpoint endpoint, IpProtocol protocol) =>
        _rules.OwnPorts.Contains(new MeshPort(endpoint.Port, protocol)) && IsOwn(endpoint.Address);

    /// <summary>True if the address stands for somebody on the agent's side.</summary>
    internal bool IsAgentSide(IPv6Address address) => _rules.RealByClient.ContainsKey(address) || _rules.ListenerAddresses.Contains(address);

    /// <summary>What a client application's packets get, if an own address dials a service of another machine.</summary>
    internal bool TryFindRedirect(MeshEndpoint source, MeshEndpoint destination, IpProtocol protocol, out MeshEndpoint newSource, out MeshEndpoint newDestination)
    {
        if (!_byService.TryGetValue((destination, protocol), out MeshListener listener) || !_rules.SourceByReal.TryGetValue(source.Address, out AddressPair pair))
        {
            newSource = newDestination = default;
            return false;
        }

        newSource = new MeshEndpoint(pair.Loopback, source.Port);
        newDestination = listener.Local;
        return true;
    }

    /// <summary>What the agent's packets get, if it connects to a service of this machine from an address that stands for a client.</summary>
    internal bool TryFindRestore(MeshEndpoint source, MeshEndpoint destination, IpProtocol protocol, out MeshEndpoint newSource, out MeshEndpoint newDestination)
    {
        if (!_rules.RealByClient.TryGetValue(source.Address, out AddressPair client)
            || !_rules.RealByServer.TryGetValue(destination.Address, out AddressPair server)
            || !_rules.OwnPorts.Contains(new MeshPort(destination.Port, protocol)))
        {
            newSource = newDestination = default;
            return false;
        }

        newSource = new MeshEndpoint(client.Real, source.Port);
        newDestination = new MeshEndpoint(server.Real, destination.Port);
        return true;
    }

    /// <summary>The plan's lists by what packets have in them.</summary>
    private sealed class Rules(MeshPlan plan)
    {
        public readonly FrozenDictionary<IPv6Address, AddressPair> SourceByReal = plan.RedirectSources.ToFrozenDictionary(pair => pair.Real);
        public readonly FrozenDictionary<IPv6Address, AddressPair> RealByClient = plan.RestoreSources.ToFrozenDictionary(pair => pair.Loopback);
        public readonly FrozenDictionary<IPv6Address, AddressPair> RealByServer = plan.RestoreDestinations.ToFrozenDictionary(pair => pair.Loopback);
        public readonly FrozenSet<IPv6Address> ListenerAddresses = plan.Listeners.Select(listener => listener.Local.Address).ToFrozenSet();
        public readonly FrozenSet<MeshPort> OwnPorts = plan.Self.Ports.ToFrozenSet();
    }
}
