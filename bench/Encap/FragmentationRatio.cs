using System.Runtime.InteropServices;
using Weft.Bench.Ratios;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Bench.Encap;

/// <summary>
/// Frames of 8,192 bytes cut into six packets each: ours with Ethernet, IPv4, UDP, Geneve and the fragment option in front of each
/// piece, DPDK's with an IPv4 header.
/// </summary>
public abstract unsafe class FragmentationRatio : IRatio
{
    private const int Frames = 512;
    private const int FrameBytes = 8192;
    private const int Packets = 6;
    private const int Mtu = 1500;
    private const int PacketStride = 2304; // an mbuf of DPDK's default size with its headroom and header

    private TunnelFragmenter? _fragmenter;
    private TunnelPeer? _peer;
    private PacketLayout _layout;
    private byte* _frames;
    private byte* _packets;

    /// <inheritdoc/>
    public string Package => "Encap";

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public string Unit => "ns/frame";

    /// <inheritdoc/>
    public abstract string PeerName { get; }

    /// <inheritdoc/>
    public double Goal => 0.7;

    /// <summary>Whether pieces stay where they are: headers and ranges here, chains of buffers there.</summary>
    private protected abstract bool Scatters { get; }

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        var options = new VtepOptions
        {
            Protocol = TunnelProtocol.Geneve,
            Address = VtepAddress.Parse("192.0.2.1"),
            Mac = MacAddress.Parse("02:00:00:00:00:01"),
            EntropySeed = new HashSeed(1, 2),
            MtuBytes = Mtu,
            Fragmentation = new TunnelFragmentation(),
        };
        var encapsulator = new TunnelEncapsulator(options);
        _fragmenter = new TunnelFragmenter(encapsulator);
        _peer = encapsulator.CreatePeer(VtepAddress.Parse("192.0.2.2"));
        _peer.SetNextHop(MacAddress.Parse("02:00:00:00:00:02"));
        _frames = (byte*)NativeMemory.AlignedAlloc(Frames * FrameBytes, 64);
        _packets = (byte*)NativeMemory.AlignedAlloc(Frames * Packets * PacketStride, 64);
        new Span<byte>(_packets, Frames * Packets * PacketStride).Fill(1);
        for (int number = 0; number < Frames; number++)
        {
            Span<byte> frame = Frame(number);
            frame.Fill((byte)number);
            _ = new EthernetHeader { Destination = MacAddress.Parse("02:00:00:00:00:04"), Source = MacAddress.Parse("02:00:00:00:00:03"), EtherType = EtherType.IPv4 }.Write(frame);
            _ = new IPv4Header { PayloadLength = FrameBytes - 34, Protocol = IpProtocol.Udp, Source = IPv4Address.Parse("10.0.0.1"), Destination = IPv4Address.Parse("10.0.0.2") }.Write(frame[14..]);
        }

        _ = PacketLayout.TryParse(Frame(0), out _layout);
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        if (IpFragPeer.Start() is string whyNot)
        {
            return whyNot;
        }

        return Prepare() == 0 ? null : "DPDK has no memory for the packets";
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        long start = ThreadClock.Nanoseconds;
        ulong made = Scatters ? WriteHeaders() : WritePackets();
        return new Sample((double)(ThreadClock.Nanoseconds - start) / Frames, made);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        _ = Prepare();
        var fragment = (delegate* unmanaged<int, ulong>)IpFragPeer.Instance.Function(Scatters ? "peer_fragment_chain" : "peer_fragment");
        long start = ThreadClock.Nanoseconds;
        ulong made = fragment(Mtu);
        return new Sample((double)(ThreadClock.Nanoseconds - start) / Frames, made);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_frames);
        NativeMemory.AlignedFree(_packets);
        _frames = null;
        _packets = null;
        GC.SuppressFinalize(this);
    }

    private ulong WritePackets()
    {
        var sink = new PacketRow((nint)_packets);
        for (int number = 0; number < Frames; number++)
        {
            _ = _fragmenter!.Write(Frame(number), _layout, _peer!, 100, ref sink);
        }

        return (ulong)sink.Count;
    }

    /// <summary>Headers into a buffer each, and where the piece behind it lies.</summary>
    private ulong WriteHeaders()
    {
        ulong count = 0;
        for (int number = 0; number < Frames; number++)
        {
            Span<byte> frame = Frame(number);
            _ = _fragmenter!.TryPlan(frame, _layout, _peer!, 100, out TunnelFragments fragments);
            for (int index = 0; index < fragments.Plan.Count; index++, count++)
            {
                byte* packet = _packets + ((nint)count * PacketStride);
                _fragmenter.WriteHeader(fragments, index, frame, new Span<byte>(packet + sizeof(Range), fragments.HeaderBytes));
                *(Range*)packet = fragments.PieceOf(index);
            }
        }

        return count;
    }

    private static int Prepare() => ((delegate* unmanaged<int, int>)IpFragPeer.Instance.Function("peer_prepare_whole"))(FrameBytes);

    private Span<byte> Frame(int number) => new(_frames + (nint)number * FrameBytes, FrameBytes);

    /// <summary>Packets one behind the other, in a buffer each.</summary>
    private struct PacketRow(nint packets) : IFragmentSink
    {
        public int Count { get; private set; }

        public readonly Span<byte> Begin(int bytes) => new((void*)(packets + (nint)Count * PacketStride), bytes);

        public void End(int bytes) => Count++;
    }
}
