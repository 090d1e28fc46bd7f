namespace Weft.Simulation;

/// <summary>What is wrong on purpose, to see that the laws find it.</summary>
internal enum Sabotage
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The store makes every change, whatever its conditions say: two hosts own one thing.</summary>
    NoConditions,

    /// <summary>Nobody notes that a block of ports rests after its host died.</summary>
    NoQuarantine,

    /// <summary>Hosts believe in leases that ended long ago: nothing fences who was cut off.</summary>
    EndlessLeases,

    /// <summary>At one host, machines of two tenants are plugged in the wrong way round.</summary>
    MixedTenants,

    /// <summary>A machine that moves arrives without what its services remember.</summary>
    ForgottenFlows,

    /// <summary>Both bridge nodes forward.</summary>
    TwoBridges,
}
