using Weft.Bench.Bridge;
using Weft.Bench.Host.Switches;
using Weft.Bench.Ports;
using Weft.Bench.Ratios;

namespace Weft.Bench.Host;

/// <summary>What is held to other switches in the same place, and to ourselves without what is asked about.</summary>
public sealed class SwitchRatios : IRatioFamily
{
    private const string Frames = "60-byte frames between two veth pairs";
    private const string Stream = "one TCP stream with all offloads between two veth pairs";
    private const string OvsXdp = "Open vSwitch, user space, afxdp with a polling thread";
    private const string OvsPacket = "Open vSwitch, user space, AF_PACKET";
    private const string OvsVxlan = "Open vSwitch, user space, AF_PACKET, VXLAN";

    /// <inheritdoc/>
    public IEnumerable<IRatio> Make() =>
    [
        new FrameRatio(Pair($"G1a: {Frames}, packet sockets for low latency", OvsXdp, 1 / 1.10, path => new OvsSwitch(path, "afxdp"), OvsInstance.Missing)),
        new FrameRatio(Pair($"G1b: {Frames}, packet sockets for throughput", OvsXdp, 1 / 1.30, path => new OvsSwitch(path, "afxdp"), OvsInstance.Missing) with { Ours = () => new WeftSwitch(Path(), "type: af_packet, driver: throughput") }),
        new FrameRatio(Pair($"G2: {Frames}, packet sockets for low latency", OvsPacket, 1 / 2.5, path => new OvsSwitch(path, "system"), OvsInstance.Missing)),
        new FrameRatio(Pair($"G3: {Frames}, packet sockets for low latency", "testpmd net_af_xdp, io", 1, path => new TestpmdSwitch(path, "net_af_xdp"), TestpmdSwitch.Missing)),
        new FrameRatio(Pair($"G4: {Frames}, packet sockets for low latency", "Linux bridge", 1 / 1.3, path => new KernelBridge(path))),
        new StreamRatio(Pair($"G5: {Stream}", "Open vSwitch, user space, AF_PACKET, userspace-tso", 1 / 1.6, path => new OvsSwitch(path, "system", takesSuperframes: true), NoStreams ?? OvsInstance.Missing)),
        new StreamRatio(Pair($"G6: {Stream}", "Linux bridge", 1 / 0.70, path => new KernelBridge(path), NoStreams)),
        new LatencyRatio(Pair("G7: half of a round trip, median", OvsXdp, 0.85, path => new OvsSwitch(path, "afxdp"), OvsInstance.Missing), percent: 50),
        new LatencyRatio(Pair("G7: half of a round trip, 99 of 100", OvsXdp, 1, path => new OvsSwitch(path, "afxdp"), OvsInstance.Missing), percent: 99),
        new FrameRatio(new SwitchPair("G8: 60-byte frames between two shared memories (memif), both directions", "testpmd net_memif, io", 1 / 1.2) { Ours = () => new MemifWeft(Path()), Peer = () => new MemifTestpmd(Path()), Missing = TestpmdSwitch.Missing }),
        new FrameRatio(Overlay("G9: 60-byte frames through VXLAN between two switches", OvsVxlan, 1 / 3.0, path => new OvsOverlay(path), OvsInstance.Missing)),
        new FrameRatio(Overlay("G9: 60-byte frames through VXLAN between two switches, processor time of both", OvsVxlan, 0.35, path => new OvsOverlay(path), OvsInstance.Missing), ofProcesses: true),
        new StreamRatio(Overlay("G10: one TCP stream through VXLAN between two switches", OvsVxlan, 1 / 8.0, path => new OvsOverlay(path), NoStreams ?? OvsInstance.Missing)),
        new StreamRatio(Overlay("G10: one TCP stream through VXLAN between two switches", "Linux bridge and VXLAN", 1 / 0.5, path => new KernelOverlay(path), NoStreams)),
        new FrameRatio(Pair("G13: 60-byte packets through access list, detection, bridge, router, return paths, translation and VXLAN", "ours that bridges", 1 / 0.75, path => new WeftSwitch(path)) with { Ours = () => new ChainSwitch(Path()) }),
        new RestartGapRatio(Pair("G14: longest wait of a frame while a new process takes over, a frame every millisecond", $"{OvsPacket}, stopped and started", 0.05, path => new OvsSwitch(path, "system"), OvsInstance.Missing)),
        new ReloadLossRatio(Pair("G15: 300,000 frames a second while a reload changes another port", "ours that is left alone", 1, path => new WeftSwitch(path, hasOther: true)) with { Ours = () => new WeftSwitch(Path(), hasOther: true) }),
        new FrameRatio(Pair("G16: 60-byte frames while metrics are read every second and a capture's filter is asked", "ours that nobody watches", 1 / 0.98, path => new WeftSwitch(path)) with { Ours = () => new WatchedSwitch(Path()) }),
        new FilteringLookup(batch: 32, goal: 0.6, "Host", "G17: ", addresses: 16_000),
        new FilteringLookup(batch: 32, goal: 0.85, "Host", "G17: "),
    ];

    private static string? NoStreams => PeerProcess.Exists("iperf3") ? null : "needs iperf3";

    private static SwitchPair Pair(string name, string peerName, double goal, Func<ForwardingPath, SwitchUnderTest> peer, string? missing = null) =>
        new(name, peerName, goal) { Ours = () => new WeftSwitch(Path()), Peer = () => peer(Path()), Missing = missing };

    private static SwitchPair Overlay(string name, string peerName, double goal, Func<ForwardingPath, SwitchUnderTest> peer, string? missing = null) =>
        new(name, peerName, goal) { Ours = () => new WeftOverlay(Path(hasUnderlay: true)), Peer = () => peer(Path(hasUnderlay: true)), Missing = missing };

    private static ForwardingPath Path(bool hasUnderlay = false) => new(frameBytes: 60, hasUnderlay);
}
