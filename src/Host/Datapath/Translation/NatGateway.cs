using Weft.Flows;
using Weft.Host.Config;
using Weft.Host.Datapath.Sharing;
using Weft.Nat;
using Weft.Packets;

namespace Weft.Host.Datapath.Translation;

/// <summary>The gateway of one router: its engine, and who owns which port.</summary>
internal sealed class NatGateway : IDisposable
{
    private readonly IPv4Address[] _shared;
    private readonly IPv4Address _speaker;
    private readonly BlockOwners? _learned;
    private readonly KnownOwners? _configured;
    private bool _ownsEngine;

    public NatGateway(NatGatewayPlan plan, Routing.Routers routers, HashSeed seed, BlockOwners? learned, NatGateway? earlier)
    {
        (Plan, _learned, _shared) = (plan, plan.Learns ? learned : null, [.. plan.Addresses]);
        Array.Sort(_shared, (left, right) => left.Value.CompareTo(right.Value));
        _configured = plan.Owners is not null ? KnownOwners.Of([.. plan.Owners.Select(owner => (owner, (string?)null))])
            // A twin that nobody told anything knows no owner either.
            : plan.Learns ? KnownOwners.Nobody : null;
        _speaker = SpeakerOf(routers, plan.Router);
        _ownsEngine = earlier is null || (earlier.Plan.Tunnel, earlier._speaker) != (plan.Tunnel, _speaker);
        Engine = !_ownsEngine ? earlier!.Engine : new DsnatGateway(
            new NatTunnelOptions { Plan = new DsnatAddressPlan(plan.Tunnel.Prefix), Source = plan.Tunnel.Source, Hosts = plan.Tunnel.Hosts, Mtu = plan.Tunnel.MtuBytes, RouterAddress = _speaker },
            new FragmentTrackerOptions { Seed = new HashSeed(~seed.Low, ~seed.High) });
    }

    /// <summary>What was configured.</summary>
    public NatGatewayPlan Plan { get; }

    /// <summary>Puts packets into the tunnel.</summary>
    public DsnatGateway Engine { get; }

    /// <summary>Who owns which port; null if routes say so.</summary>
    public KnownOwners? Owners => _learned?.Current ?? _configured;

    /// <summary>Packets that one host sent on and whose owner was found here.</summary>
    public long Readdressed { get; set; }

    /// <summary>True for an address that hosts share.</summary>
    public bool IsShared(IPv4Address address)
    {
        foreach (IPv4Address shared in _shared)
        {
            if (shared.Value >= address.Value)
            {
                return shared == address;
            }
        }

        return false;
    }

    /// <summary>True for a packet in the tunnel that a host sent on to a port's owner, which it cannot know.</summary>
    public bool IsSentOn(in IPv6View view) =>
        view.NextHeader == IpProtocol.IPv4 && Plan.Tunnel.Prefix.Contains(view.Destination) && Plan.Tunnel.Hosts.Contains(view.Source) && Owners is not null;

    /// <summary>Goes on where the gateway of that name in the configuration before stops.</summary>
    public void TakeOver(NatGateway old)
    {
        Readdressed = old.Readdressed;
        if (ReferenceEquals(Engine, old.Engine))
        {
            (_ownsEngine, old._ownsEngine) = (true, false);
        }
    }

    public void Dispose()
    {
        if (_ownsEngine)
        {
            Engine.Dispose();
        }
    }

    /// <summary>The address that errors come from: the first of the router.</summary>
    private static IPv4Address SpeakerOf(Routing.Routers routers, int router)
    {
        foreach (Routing.LocalAddress local in routers.Locals)
        {
            if (!local.Address.IsIPv6 && routers.Interfaces[local.Interface].Router == router)
            {
                return local.Address.V4;
            }
        }

        return new NatOptions { Seed = default }.RouterAddress;
    }
}
