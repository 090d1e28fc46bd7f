using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Stages;
using Weft.Packets;

namespace Weft.Host.Datapath.Routing;

/// <summary>One address of a router: answers for it, and knows the neighbours in its network.</summary>
internal sealed class LocalAddress
{
    public LocalAddress(int owner, RouterInterfacePlan plan, NetworkAddress network, int maxNeighbors)
    {
        (Interface, Network) = (owner, network);
        VtepAddress address = VtepOptionsFactory.AddressOf(network.Address);
        Neighbors = new NeighborResolver(new NeighborResolverOptions { Address = address, Mac = plan.Mac, Capacity = maxNeighbors, IsRouter = true });
        Echo = new EchoResponder(address, plan.Mac);
        foreach ((TunnelAddress neighbor, MacAddress mac) in plan.StaticNeighbors.Where(known => known.Key != network.Address && Contains(known.Key)))
        {
            Neighbors.SetStatic(Neighbors.Track(VtepOptionsFactory.AddressOf(neighbor)), mac);
        }
    }

    /// <summary>The interface it belongs to.</summary>
    public int Interface { get; }

    /// <summary>Address and network.</summary>
    public NetworkAddress Network { get; }

    /// <summary>The address alone.</summary>
    public TunnelAddress Address => Network.Address;

    /// <summary>The neighbours in its network.</summary>
    public NeighborResolver Neighbors { get; }

    /// <summary>Answers pings.</summary>
    public EchoResponder Echo { get; }

    /// <summary>True if an address is in its network.</summary>
    public bool Contains(TunnelAddress address) => Address.SharesPrefix(address, Network.PrefixLength);
}
