namespace Weft.Services;

/// <summary>What a <see cref="LoadBalancer"/> has done.</summary>
public struct LoadBalancerCounters
{
    /// <summary>Flows that were given a server.</summary>
    public long Flows;

    /// <summary>Packets whose addresses were exchanged, in either direction.</summary>
    public long Translated;

    /// <summary>Flows refused because their virtual service has no server.</summary>
    public long NoServer;
}
