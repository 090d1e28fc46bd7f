using System.Runtime.InteropServices;
using Weft.Bench.Ratios;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Bench.Encap;

/// <summary>512 datagrams of four fragments of 1,000 bytes each, delivered in one piece by both.</summary>
public abstract unsafe class ReassemblyRatio : IRatio
{
    private const int Datagrams = 512;
    private const int Fragments = 4;
    private const int FragmentBytes = 1000;
    private const int Stride = 1088;

    private readonly FragmentSource _source = new(VtepAddress.Parse("192.0.2.1"), 100, 0);
    private TunnelReassembler? _reassembler;
    private byte* _packets;
    private uint _round;

    /// <inheritdoc/>
    public string Package => "Encap";

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public string Unit => "ns/fragment";

    /// <inheritdoc/>
    public string PeerName => "DPDK rte_ipv4_frag_reassemble_packet, datagram copied into one piece";

    /// <inheritdoc/>
    public double Goal => 0.5;

    /// <summary>Whether fragments of all datagrams come in turn.</summary>
    private protected abstract bool Interleaved { get; }

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _reassembler = new TunnelReassembler(new ReassemblyOptions
        {
            Seed = new HashSeed(1, 2),
            MaxDatagrams = 1024,
            MaxPerSource = 1024,
            MaxPerVni = 1024,
            MaxDatagramBytes = 9216,
        });
        _packets = (byte*)NativeMemory.AlignedAlloc(Datagrams * Fragments * Stride, 64);
        for (int number = 0; number < Datagrams; number++)
        {
            for (int index = 0; index < Fragments; index++)
            {
                new Span<byte>(Packet(number, index), FragmentBytes).Fill((byte)(number + index));
            }
        }
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        return IpFragPeer.Start();
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        _round++;
        ulong sum = 0;
        long start = ThreadClock.Nanoseconds;
        for (int step = 0; step < Datagrams * Fragments; step++)
        {
            int number = Interleaved ? step % Datagrams : step / Fragments;
            int index = Interleaved ? step / Datagrams : step % Fragments;
            var info = new FragmentInfo((_round << 16) | (uint)number, Fragments * FragmentBytes, (ushort)(index * FragmentBytes / FragmentInfo.UnitBytes));
            ReassemblyVerdict verdict = _reassembler!.Add(
                _source, info, new ReadOnlySpan<byte>(Packet(number, index), FragmentBytes), 0, Timestamp.Zero, out DatagramHandle handle);
            if (verdict == ReassemblyVerdict.Completed)
            {
                Span<byte> whole = _reassembler.Bytes(handle);
                sum += (ulong)whole.Length + whole[^1];
                _reassembler.Release(handle);
            }
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / (Datagrams * Fragments), sum);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        ((delegate* unmanaged<int, void>)IpFragPeer.Instance.Function("peer_prepare"))(Fragments);
        var reassemble = (delegate* unmanaged<int, int, ulong>)IpFragPeer.Instance.Function("peer_reassemble");
        long start = ThreadClock.Nanoseconds;
        ulong sum = reassemble(Fragments, Interleaved ? 1 : 0);
        return new Sample((double)(ThreadClock.Nanoseconds - start) / (Datagrams * Fragments), sum);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reassembler?.Dispose();
        if (_packets != null)
        {
            NativeMemory.AlignedFree(_packets);
            _packets = null;
        }

        GC.SuppressFinalize(this);
    }

    private byte* Packet(int number, int index) => _packets + (nint)(number * Fragments + index) * Stride;
}
