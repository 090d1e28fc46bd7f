namespace Weft.Bench.Flows;

/// <summary>The same among eight million sessions.</summary>
public sealed class SessionLookup8MRatio : SessionLookupRatio
{
    /// <inheritdoc/>
    public override double Goal => 0.65;

    /// <inheritdoc/>
    protected override int Sessions => 8_000_000;
}
