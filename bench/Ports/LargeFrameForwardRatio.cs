namespace Weft.Bench.Ports;

/// <summary>Full frames, where the bytes are copied into the ring, into the pool and out again while a bridge copies none.</summary>
public sealed class LargeFrameForwardRatio() : BridgeForwardRatio(frameBytes: 1514)
{
    /// <summary>A guard, as for short frames.</summary>
    public override double Goal => 1.5;
}
