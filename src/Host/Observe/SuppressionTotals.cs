using Weft.Bridge;

namespace Weft.Host.Observe;

/// <summary>What became of questions for neighbours in segments that answer them, since the switch started.</summary>
public sealed record SuppressionTotals
{
    /// <summary>ARP requests answered instead of flooded.</summary>
    public long AnsweredArp { get; init; }

    /// <summary>Neighbour solicitations answered instead of flooded.</summary>
    public long AnsweredNd { get; init; }

    /// <summary>Questions flooded although an answer was known: asked again while the machine was not heard.</summary>
    public long AskedAgain { get; init; }

    /// <summary>Both together.</summary>
    public static SuppressionTotals operator +(SuppressionTotals left, SuppressionTotals right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return new SuppressionTotals { AnsweredArp = left.AnsweredArp + right.AnsweredArp, AnsweredNd = left.AnsweredNd + right.AnsweredNd, AskedAgain = left.AskedAgain + right.AskedAgain };
    }

    internal static SuppressionTotals Of(in BridgeCounters counters) => new() { AnsweredArp = counters.AnsweredArp, AnsweredNd = counters.AnsweredNd, AskedAgain = counters.AskedAgain };
}
