namespace Weft.Host.Observe;

/// <summary>What a change of the configuration was for.</summary>
public enum ReloadCause
{
    /// <summary>Somebody gave another configuration.</summary>
    Configuration,

    /// <summary>Hosts of the cluster came or went.</summary>
    Peers,

    /// <summary>A security association was added, replaced or removed.</summary>
    Rekey,
}
