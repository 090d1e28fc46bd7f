namespace Weft.Bench.Nat;

/// <summary>The same with eight million flows.</summary>
public sealed class NatTranslate8MRatio : NatTranslateRatio
{
    /// <inheritdoc/>
    public override double Goal => 0.65;

    /// <inheritdoc/>
    protected override int Flows => 8_000_000;
}
