namespace Weft.Bench.Ports;

/// <summary>The shortest frames through AF_XDP in copy mode, which is what a veth pair offers.</summary>
public sealed class XdpSmallFrameForwardRatio() : BridgeForwardRatio(frameBytes: 60, throughXdp: true)
{
    /// <summary>A guard, as for packet sockets.</summary>
    public override double Goal => 1.5;
}
