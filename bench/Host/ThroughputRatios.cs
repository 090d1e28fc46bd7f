using Weft.Bench.Host.Switches;
using Weft.Bench.Ports;

namespace Weft.Bench.Host;

/// <summary>The default driver, which wakes at every frame.</summary>
public sealed class OvsXdpThroughputRatio : SwitchRatio
{
    /// <inheritdoc/>
    public override string Name => "G1a: 60-byte frames between two veth pairs, packet sockets for low latency";

    /// <inheritdoc/>
    public override string PeerName => "Open vSwitch, user space, afxdp with a polling thread";

    /// <inheritdoc/>
    public override double Goal => 1 / 1.10;

    private protected override string? Missing => OvsSwitch.Missing;

    private protected override SwitchUnderTest Peer(ForwardingPath path) => new OvsSwitch(path, "afxdp");
}

/// <summary>The driver that gathers frames in blocks.</summary>
public sealed class OvsXdpBlockThroughputRatio : SwitchRatio
{
    /// <inheritdoc/>
    public override string Name => "G1b: 60-byte frames between two veth pairs, packet sockets for throughput";

    /// <inheritdoc/>
    public override string PeerName => "Open vSwitch, user space, afxdp with a polling thread";

    /// <inheritdoc/>
    public override double Goal => 1 / 1.30;

    private protected override string Port => "type: af_packet, driver: throughput";

    private protected override string? Missing => OvsSwitch.Missing;

    private protected override SwitchUnderTest Peer(ForwardingPath path) => new OvsSwitch(path, "afxdp");
}

/// <summary>Open vSwitch through the same kind of socket.</summary>
public sealed class OvsPacketThroughputRatio : SwitchRatio
{
    /// <inheritdoc/>
    public override string Name => "G2: 60-byte frames between two veth pairs, packet sockets for low latency";

    /// <inheritdoc/>
    public override string PeerName => "Open vSwitch, user space, AF_PACKET";

    /// <inheritdoc/>
    public override double Goal => 1 / 2.5;

    private protected override string? Missing => OvsSwitch.Missing;

    private protected override SwitchUnderTest Peer(ForwardingPath path) => new OvsSwitch(path, "system");
}

/// <summary>DPDK, which polls and looks nothing up.</summary>
public sealed class TestpmdThroughputRatio : SwitchRatio
{
    /// <inheritdoc/>
    public override string Name => "G3: 60-byte frames between two veth pairs, packet sockets for low latency";

    /// <inheritdoc/>
    public override string PeerName => "testpmd net_af_xdp, io";

    /// <inheritdoc/>
    public override double Goal => 1;

    private protected override string? Missing => TestpmdSwitch.Missing;

    private protected override SwitchUnderTest Peer(ForwardingPath path) => new TestpmdSwitch(path, "net_af_xdp");
}

/// <summary>The kernel itself.</summary>
public sealed class KernelThroughputRatio : SwitchRatio
{
    /// <inheritdoc/>
    public override string Name => "G4: 60-byte frames between two veth pairs, packet sockets for low latency";

    /// <inheritdoc/>
    public override string PeerName => "Linux bridge";

    /// <inheritdoc/>
    public override double Goal => 1 / 1.3;

    private protected override string? Missing => null;

    private protected override SwitchUnderTest Peer(ForwardingPath path) => new KernelBridge(path);
}
