using Weft.Host.Config;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath;

/// <summary>What a <see cref="Switch"/> needs to know besides its configuration.</summary>
public sealed record SwitchOptions
{
    /// <summary>Secret of all hash functions. Default random; tests and replays that compare runs give one.</summary>
    public HashSeed? Seed { get; init; }

    /// <summary>Learned addresses, neighbours and bindings to start with, as another switch knew them. Default none.</summary>
    public SwitchSnapshot? State { get; init; }

    /// <summary>The earliest moment that a state counts from which comes later, by <see cref="Switch.Resume"/>. Default none: <see cref="State"/> is all there is.</summary>
    internal Timestamp? AwaitedSince { get; init; }

    /// <summary>Where NATs of shared addresses lease their blocks. Default nowhere: they have those of the plan.</summary>
    internal Func<NatPlan, LeasedBlocks>? Leases { get; init; }

    /// <summary>Where it is written who owns the bundles of a point of presence. Default nowhere: its members agree among themselves.</summary>
    internal Func<SasePlan, Sase.IOwnershipStore>? Owners { get; init; }

    /// <summary>Witnesses of bridge nodes. Default none: nodes agree among themselves.</summary>
    internal Func<BridgePlan, Bridges.IBridgeFence>? Fences { get; init; }

    /// <summary>Who owns which block of shared addresses. Default nobody knows: gateways go by their plan.</summary>
    internal Func<BlockOwners>? BlockOwners { get; init; }

    /// <summary>The time of day, by which nodes number their lives so that none is like an earlier one. Default the machine's.</summary>
    internal TimeProvider TimeOfDay { get; init; } = TimeProvider.System;

    /// <summary>
    /// The first moment of virtual time, for captures and simulated links; not later than their first frame. Default the
    /// arrival of the first frame that is known at construction. With live ports it is ignored.
    /// </summary>
    public Timestamp? Start { get; init; }
}
