namespace Weft.Bench.Nat;

/// <summary>The same with eight million flows.</summary>
public sealed class NatTranslate8MRatio : NatTranslateRatio
{
    /// <inheritdoc/>
    protected override int Flows => 8_000_000;
}
