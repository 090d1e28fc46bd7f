namespace Weft.Bench.Ports;

/// <summary>The shortest frames, where the cost of a frame is all there is.</summary>
public sealed class SmallFrameForwardRatio() : BridgeForwardRatio(frameBytes: 60)
{
    /// <summary>A guard: nearly all of the difference is the kernel's, which delivers to a socket and takes a new buffer from it.</summary>
    public override double Goal => 1.4;
}
