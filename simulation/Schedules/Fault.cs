namespace Weft.Simulation.Schedules;

/// <summary>What goes wrong, or is done by people, in a deployment.</summary>
internal enum FaultKind
{
    /// <summary>A process dies with all that it knows, and is started after a while.</summary>
    Crash,

    /// <summary>A process is stopped and started, and goes on with what it left behind.</summary>
    Restart,

    /// <summary>A host stands still; its clock does not.</summary>
    Freeze,

    /// <summary>A host is cut off from all others.</summary>
    Isolate,

    /// <summary>Two hosts are cut off from each other.</summary>
    Cut,

    /// <summary>A network loses, repeats and delays.</summary>
    Weather,

    /// <summary>A host does not reach the store.</summary>
    StoreCut,

    /// <summary>Nobody reaches the store.</summary>
    StoreLost,

    /// <summary>Questions to the store, or answers, get lost or come late.</summary>
    StoreTrouble,

    /// <summary>The store ends the leases of a host before their time, but not that by which its ports rest.</summary>
    Revoke,

    /// <summary>A host's clock runs fast or slow.</summary>
    Drift,

    /// <summary>A host takes its configuration again.</summary>
    Reload,

    /// <summary>The machine moves to another host.</summary>
    Move,

    /// <summary>A service node gives away what it owns, and takes again later.</summary>
    DrainNode,

    /// <summary>A bridge node is to take over.</summary>
    TakeBridge,

    /// <summary>A load balancer goes, and comes back.</summary>
    BalancerGoes,

    /// <summary>A machine leaves its group, and joins again.</summary>
    Leave,
}

/// <summary>One fault.</summary>
/// <param name="At">The tick in which it begins.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Host">To which host.</param>
/// <param name="Other">Another host.</param>
/// <param name="Amount">How much, 0 to 99.</param>
/// <param name="Lasts">Ticks.</param>
internal readonly record struct Fault(long At, FaultKind Kind, int Host, int Other, int Amount, int Lasts)
{
    public override string ToString() => $"{At * World.SimulatedWorld.TickMilliseconds} ms: {Kind} {Name(Host)} (other {Name(Other)}, amount {Amount}) for {Lasts * World.SimulatedWorld.TickMilliseconds} ms";

    private static string Name(int host) => Hosts.Layout.Plans[host].Name;
}
