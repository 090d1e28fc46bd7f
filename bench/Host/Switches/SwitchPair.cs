namespace Weft.Bench.Host.Switches;

/// <summary>Our switch and another one, and what is asked of the two.</summary>
/// <param name="Name">Number of the target, and what is measured.</param>
/// <param name="PeerName">The other switch.</param>
/// <param name="Goal">Ours by the peer's, at most.</param>
internal sealed record SwitchPair(string Name, string PeerName, double Goal)
{
    /// <summary>Makes ours, with a path of its own.</summary>
    public required Func<SwitchUnderTest> Ours { get; init; }

    /// <summary>Makes the other one.</summary>
    public required Func<SwitchUnderTest> Peer { get; init; }

    /// <summary>Why the peer cannot be measured here; null if it can.</summary>
    public string? Missing { get; init; }
}
