namespace Weft.Host.Config;

/// <summary>How connections travel between agents of a mesh.</summary>
public enum MeshTunnelMode
{
    /// <summary>As streams of one TLS connection of each pair of machines.</summary>
    Multiplexed,

    /// <summary>Each in a TLS connection of its own.</summary>
    PerConnection,
}
