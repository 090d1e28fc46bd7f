namespace Weft.Host.Observe;

/// <summary>A cluster of behaviour.</summary>
/// <param name="Number">Names it for <c>weft analytics pin</c> and <c>veto</c>, as long as it is there.</param>
/// <param name="State"><c>normal</c>, <c>new</c> or <c>refused</c>.</param>
/// <param name="Weight">How much was seen of it, faded.</param>
/// <param name="Sources">In how many control groups, at most 16 are counted; of what was trained, 0.</param>
/// <param name="IsPinned">Whether an operator approved it.</param>
/// <param name="Features">What is typical of it, by name.</param>
public sealed record ClusterSnapshot(int Number, string State, double Weight, int Sources, bool IsPinned, IReadOnlyList<string> Features)
{
    /// <summary>The role that it was grouped into: behaviours of one role are alike; -1 if it has none.</summary>
    public int Role { get; init; } = -1;
}
