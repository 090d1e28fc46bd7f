using Weft.Bench.Host.Switches;
using Weft.Bench.Ports;

namespace Weft.Bench.Host;

/// <summary>How long a frame waits, or how long until one passes again, while the process is replaced.</summary>
public sealed class RestartGapRatio : SwitchRatio
{
    /// <inheritdoc/>
    public override string Name => "G14: longest wait of a frame while a new process takes over, a frame every millisecond";

    /// <inheritdoc/>
    public override string Unit => "ms";

    /// <inheritdoc/>
    public override string PeerName => "Open vSwitch, user space, AF_PACKET, stopped and started";

    /// <inheritdoc/>
    public override double Goal => 0.05;

    private protected override string? Missing => OvsSwitch.Missing;

    private protected override SwitchUnderTest Peer(ForwardingPath path) => new OvsSwitch(path, "system");

    private protected override double Cost(SwitchUnderTest of)
    {
        using var probe = new GapProbe(of.Path);
        of.Restart();
        return probe.Finish().TotalMilliseconds;
    }
}
