namespace Weft.Host.Config;

/// <summary>How well the network is segmented: of which machines, and when to say that it is not.</summary>
public sealed record QuotientPlan
{
    /// <summary>The inventory.</summary>
    public required IReadOnlyList<QuotientApplicationPlan> Applications { get; init; }

    /// <summary>Time between two computations while something changes.</summary>
    public TimeSpan Update { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an observed flow counts.</summary>
    public TimeSpan Remember { get; init; } = TimeSpan.FromDays(30);

    /// <summary>An application or the whole with a smaller quotient is an alarm; null for none.</summary>
    public double? AlarmBelow { get; init; }
}
