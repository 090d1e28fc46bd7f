using Weft.Bench.Ratios;
using Weft.Packets;
using Weft.Sase;

namespace Weft.Bench.Sase;

/// <summary>
/// The way out through a service node, beside the kernel with a namespace of VXLAN devices, forwarding and nftables. The same packets are put into a veth
/// pair by a raw socket; the kernel takes them to their end within the sender's system call, whose CPU time is taken, less that of sending
/// to a veth pair whose other end drops them because they are another machine's. What the kernel does for its devices is in its figure, and no I/O in ours.
/// </summary>
public sealed class SaseKernelRatio : IRatio
{

    private SaseBurst _burst = new();
    private ManagedServiceNode? _node;
    private KernelNode? _kernel;
    private byte[][] _packets = [];
    private byte[] _frames = [];
    private int _passes;

    /// <inheritdoc/>
    public string Package => "Sase";

    /// <inheritdoc/>
    public string Name => $"the way out through a service node, {SaseBenchBed.Flows} flows of {SaseBenchBed.Tenants} tenants";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public string PeerName => "Linux: vxlan, ip_forward, nft ct, filter, snat between veth, sender taken off";

    /// <inheritdoc/>
    public double Goal => 0.05;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _passes = shortRun ? 2 : 10;
        _node = SaseBenchBed.Make();
        _packets = SaseBenchBed.Packets();
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        byte[] ethernet = new byte[14];
        _ = new EthernetHeader { Destination = SaseBenchBed.RouterMac, Source = new MacAddress(0x0200_0000_0009), EtherType = EtherType.IPv4 }.Write(ethernet);
        _frames = [.. _packets.SelectMany(packet => ethernet.Concat(packet))];
        _kernel = KernelNode.TryCreate(out string? whyNot);
        return whyNot;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        long start = ThreadClock.Nanoseconds;
        long left = 0;
        for (int pass = 0; pass < _passes; pass++)
        {
            for (ReadOnlySpan<byte[]> rest = _packets; !rest.IsEmpty;)
            {
                rest = _burst.Fill(rest);
                _node!.FromTunnel(ref _burst, SaseBenchBed.Start);
                left += _burst.Sent(SaseAction.ToUplink);
            }
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / left, (ulong)left);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        (double nanoseconds, long left) = _kernel!.Send(_frames, _frames.Length / _packets.Length, _passes);
        return new Sample(nanoseconds, (ulong)left);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _node?.Dispose();
        _kernel?.Dispose();
    }
}
