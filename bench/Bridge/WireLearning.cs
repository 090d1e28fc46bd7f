using Weft.Bench.Multicast;
using Weft.Bench.Ports;
using Weft.Bench.Ratios;
using Weft.Bridge;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Bench.Bridge;

/// <summary>
/// Frames from veth to veth, each from an address that nobody has heard yet, to one that is known: the whole cost to the machine, the source's
/// system calls and the kernel's work in their wake included. The judge counts what arrives.
/// </summary>
public abstract class WireLearning : IRatio
{
    private const ulong First = 0x0200_0100_0000;
    private const ulong Known = 0x0200_0000_0002;
    private const int MaxAddresses = 65_536;
    private const ushort Vlan = 10;
    private readonly Packet[] _burst = new Packet[64];
    private ForwardingPath? _ours;
    private PacketPool? _pool;
    private AfPacketPort? _left;
    private AfPacketPort? _right;
    private LearningBridge? _bridge;
    private ulong _ourNext;
    private ulong _peerNext;

    /// <inheritdoc/>
    public string Package => "Bridge";

    /// <inheritdoc/>
    public string Name => "send, learn and forward 60-byte frames from new addresses, from veth to veth through two packet sockets";

    /// <inheritdoc/>
    public string Unit => "ns/frame";

    /// <inheritdoc/>
    public abstract string PeerName { get; }

    /// <inheritdoc/>
    public abstract double Goal { get; }

    /// <inheritdoc/>
    public Statistic Statistic => Statistic.Median;

    /// <summary>Bursts of a pass; all passes together bring fewer addresses than fit any table.</summary>
    private protected int Bursts { get; private set; }

    private protected ForwardingPath? PeerPath { get; private set; }

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        Bursts = shortRun ? 10 : 50;
        if (!Environment.IsPrivilegedProcess || !PeerProcess.Exists("ip"))
        {
            return;
        }

        _ours = new ForwardingPath(60);
        _pool = new PacketPool(new PacketPoolOptions { Buffers = 256 });
        _left = new AfPacketPort("left", new AfPacketOptions { Device = "left", NetworkNamespace = _ours.Middle });
        _right = new AfPacketPort("right", new AfPacketOptions { Device = "right", NetworkNamespace = _ours.Middle });
        _bridge = new LearningBridge(new LearningBridgeOptions
        {
            Ports = [new BridgePortOptions { Pvid = Vlan }, new BridgePortOptions { Pvid = Vlan }],
            Segments = [new BridgeSegmentOptions { Vlan = Vlan, MaxLearned = MaxAddresses }],
            MacCapacity = 2 * MaxAddresses,
            Seed = new HashSeed(1, 2),
        });
        _ = _bridge.Macs.AddStatic(Vlan, new MacAddress(Known), BridgeLocation.Port(1));
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        if (_ours is null)
        {
            return "needs root and iproute2 to make network namespaces";
        }

        PeerPath = new ForwardingPath(60);
        return StartPeer(PeerPath, $"{new MacAddress(Known)}");
    }

    /// <inheritdoc/>
    public Sample Ours() => _ours is null ? default : Measure(_ours, ref _ourNext, Forward, static _ => { }, static () => 0);

    /// <inheritdoc/>
    public Sample Peer() => Measure(PeerPath!, ref _peerNext, static _ => { }, Await, () => PeerNanoseconds);

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Stop();
        _left?.Dispose();
        _right?.Dispose();
        _bridge?.Dispose();
        _pool?.Dispose();
        _ours?.Dispose();
        PeerPath?.Dispose();
    }

    /// <summary>CPU time of the peer besides that of the thread that sends.</summary>
    private protected virtual long PeerNanoseconds => 0;

    /// <summary>Joins the two devices in the middle.</summary>
    private protected abstract string? StartPeer(ForwardingPath path, string known);

    /// <summary>Waits for a peer that works beside the source, until so many frames have arrived.</summary>
    private protected virtual void Await(long arrived)
    {
    }

    private protected virtual void Stop()
    {
    }

    private Sample Measure(ForwardingPath path, ref ulong next, Action<int> forward, Action<long> afterBurst, Func<long> beside)
    {
        long arrived = path.Arrived;
        long cost = -beside();
        for (int i = 1; i <= Bursts; i++)
        {
            path.SetSources(First + next);
            next += (ulong)path.BurstFrames;
            long start = ThreadClock.Nanoseconds;
            path.SendBurst();
            forward(path.BurstFrames);
            cost += ThreadClock.Nanoseconds - start;
            afterBurst(arrived + (i * path.BurstFrames));
        }

        cost += beside();
        return new Sample((double)cost / (Bursts * path.BurstFrames), (ulong)(path.Arrived - arrived));
    }

    private void Forward(int frames)
    {
        for (int forwarded = 0; forwarded < frames;)
        {
            int received = _left!.Receive(_pool!, _burst, Timestamp.Zero);
            foreach (ref readonly Packet packet in _burst.AsSpan(0, received))
            {
                Span<byte> frame = _pool!.Bytes(packet);
                _ = PacketLayout.TryParse(frame, out PacketLayout layout);
                BridgeDecision decision = _bridge!.Decide(frame, layout, port: 0, Timestamp.Zero);
                if (decision.Learned != LearnResult.Added || decision.Output.Where != BridgeLocation.Port(1))
                {
                    throw new InvalidOperationException($"{decision.Learned} and {decision.Action}: not what is measured");
                }
            }

            for (int sent = 0; sent < received;)
            {
                sent += _right!.Send(_pool!, _burst.AsSpan(sent, received - sent), Timestamp.Zero);
            }

            _pool!.Return(_burst.AsSpan(0, received));
            forwarded += received;
        }
    }
}

/// <summary>Beside the bridge of the kernel, which does it on the way of the source's system call.</summary>
public sealed class KernelLearningRatio : WireLearning
{
    /// <inheritdoc/>
    public override string PeerName => "Linux bridge, same source";

    /// <summary>A guard: two packet sockets cost more than the kernel's table does.</summary>
    public override double Goal => 1.2;

    private protected override string? StartPeer(ForwardingPath path, string known)
    {
        path.AddBridge();
        _ = PeerProcess.Run("bridge", "-n", path.Middle, "fdb", "add", known, "dev", "right", "master", "static");
        return null;
    }
}

/// <summary>Beside Open vSwitch, which makes a flow of its own for each address that it learns.</summary>
public sealed class OpenVSwitchLearningRatio : WireLearning
{
    private const int MaxTries = 200;
    private OpenVSwitchPeer? _switch;

    /// <inheritdoc/>
    public override string PeerName => "Open vSwitch (userspace datapath), same source";

    /// <inheritdoc/>
    public override double Goal => 0.5;

    private protected override long PeerNanoseconds => _switch!.CpuNanoseconds;

    private protected override string? StartPeer(ForwardingPath path, string known)
    {
        _switch = OpenVSwitchPeer.TryStart(path.Middle, ["left", "right"], out string whyNot);
        if (_switch is null)
        {
            return whyNot;
        }

        _switch.Learn("right", known);
        return null;
    }

    /// <summary>Lets it work off what was sent: it loses what does not fit its sockets.</summary>
    private protected override void Await(long arrived)
    {
        for (int tries = 0; PeerPath!.Arrived < arrived && tries < MaxTries; tries++)
        {
            Thread.Sleep(1);
        }
    }

    private protected override void Stop() => _switch?.Dispose();
}
