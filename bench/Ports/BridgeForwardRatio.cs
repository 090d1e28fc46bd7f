using Weft.Bench.Ratios;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Bench.Ports;

/// <summary>
/// What it costs the machine to bring a frame from one veth pair to another, everything included: the source's system call,
/// the kernel's work in its wake, and the forwarding. One thread does all of it, so its CPU time is the whole cost.
/// </summary>
public abstract class BridgeForwardRatio(int frameBytes, bool throughXdp = false) : IRatio
{
    private readonly Packet[] _burst = new Packet[64];
    private int _bursts;
    private ForwardingPath? _ours;
    private ForwardingPath? _peer;
    private PacketPool? _pool;
    private IPort? _left;
    private IPort? _right;

    /// <inheritdoc/>
    public string Package => "Ports";

    /// <inheritdoc/>
    public string Name => $"send and forward {frameBytes}-byte frames from veth to veth through two {(throughXdp ? "AF_XDP" : "packet")} sockets";

    /// <inheritdoc/>
    public string Unit => "ns/frame";

    /// <inheritdoc/>
    public string PeerName => "Linux bridge, same source";

    /// <inheritdoc/>
    public abstract double Goal { get; }

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _bursts = shortRun ? 300 : 3000;
        if (!Environment.IsPrivilegedProcess || !PeerProcess.Exists("ip"))
        {
            return;
        }

        _ours = new ForwardingPath(frameBytes);
        _pool = new PacketPool(new PacketPoolOptions { Buffers = 256 });
        _left = Open("left", _ours.Middle);
        _right = Open("right", _ours.Middle);
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        if (_ours is null)
        {
            return "needs root and iproute2 to make network namespaces";
        }

        _peer = new ForwardingPath(frameBytes);
        _peer.AddBridge();
        return null;
    }

    /// <inheritdoc/>
    public Sample Ours() => _ours is null ? default : Measure(_ours, Forward);

    /// <inheritdoc/>
    public Sample Peer() => Measure(_peer!, static _ => { });

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _left?.Dispose();
        _right?.Dispose();
        _pool?.Dispose();
        _ours?.Dispose();
        _peer?.Dispose();
    }

    private IPort Open(string device, string space) => throughXdp
        ? new AfXdpPort(device, new AfXdpOptions { Device = device, NetworkNamespace = space })
        : new AfPacketPort(device, new AfPacketOptions { Device = device, NetworkNamespace = space });

    private Sample Measure(ForwardingPath path, Action<int> forward)
    {
        long arrived = path.Arrived;
        long start = ThreadClock.Nanoseconds;
        for (int i = 0; i < _bursts; i++)
        {
            path.SendBurst();
            forward(path.BurstFrames);
        }

        long cost = ThreadClock.Nanoseconds - start;
        return new Sample((double)cost / (_bursts * path.BurstFrames), (ulong)(path.Arrived - arrived));
    }

    private void Forward(int frames)
    {
        for (int forwarded = 0; forwarded < frames;)
        {
            int received = _left!.Receive(_pool!, _burst, Timestamp.Zero);
            for (int sent = 0; sent < received;)
            {
                sent += _right!.Send(_pool!, _burst.AsSpan(sent, received - sent), Timestamp.Zero);
            }

            _pool!.Return(_burst.AsSpan(0, received));
            forwarded += received;
        }
    }
}
