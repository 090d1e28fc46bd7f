using Weft.Packets;

namespace Weft.Lb;

/// <summary>How a load balancer is reached: by its hardware address at a port, or through a tunnel.</summary>
public readonly record struct LbIdentity
{
    /// <summary>Its hardware address.</summary>
    public MacAddress Mac { get; init; }

    /// <summary>The port that it is behind, 0 to 65,535: any number that the caller gives its ports.</summary>
    public ushort Port { get; init; }

    /// <summary>The far end of its tunnel, ::ffff:a.b.c.d for IPv4; all zeros if there is no tunnel.</summary>
    public IPv6Address TunnelRemote { get; init; }

    /// <summary>Identifier of the network in the tunnel: VNI or key.</summary>
    public uint TunnelKey { get; init; }

    /// <summary>True if it is reached through a tunnel.</summary>
    public bool IsTunnel => TunnelRemote != default;
}
