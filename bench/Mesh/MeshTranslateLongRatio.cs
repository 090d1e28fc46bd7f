namespace Weft.Bench.Mesh;

/// <summary>The same with packets as long as those that carry data.</summary>
public sealed class MeshTranslateLongRatio : MeshTranslateRatio
{
    /// <inheritdoc/>
    public override double Goal => 0.6;

    /// <inheritdoc/>
    protected override int PacketBytes => 1500;
}
