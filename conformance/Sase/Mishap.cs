namespace Weft.Conformance.SaseTests;

/// <summary>What goes wrong in a schedule.</summary>
internal enum MishapKind
{
    /// <summary>A node stands still for a while.</summary>
    Pause,

    /// <summary>A node is cut off from everybody.</summary>
    Isolate,

    /// <summary>A node's ways are mended.</summary>
    Reconnect,

    /// <summary>The way between a node and another member is cut.</summary>
    Cut,

    /// <summary>That way is mended.</summary>
    Mend,

    /// <summary>From now on other shares of messages are lost, repeated and late.</summary>
    Weather,

    /// <summary>A node is to give away what it has.</summary>
    Drain,

    /// <summary>It may have some again.</summary>
    Undrain,

    /// <summary>A node dies with all that it knows.</summary>
    Kill,

    /// <summary>The one that died comes back.</summary>
    Restart,
}

/// <summary>One step of a schedule.</summary>
/// <param name="After">Milliseconds since the step before.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Node">To which node.</param>
/// <param name="Other">Another member.</param>
/// <param name="Amount">How much, or how long in milliseconds.</param>
internal readonly record struct Mishap(int After, MishapKind Kind, int Node, int Other, int Amount);

/// <summary>A schedule: what goes wrong when, and a seed for the traffic and for which messages are lost.</summary>
internal sealed record Schedule(int Seed, Mishap[] Mishaps)
{
    /// <inheritdoc/>
    public override string ToString() => $"seed {Seed}: {string.Join("; ", Mishaps.Select(mishap => $"+{mishap.After} ms {mishap.Kind} {mishap.Node} {mishap.Other} {mishap.Amount}"))}";
}
