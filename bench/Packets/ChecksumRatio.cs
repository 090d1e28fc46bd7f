using Weft.Bench.Ratios;
using Weft.Packets;

namespace Weft.Bench.Packets;

/// <summary>The Internet checksum of pieces of one length, all in the first-level cache or the second.</summary>
public abstract class ChecksumRatio : IRatio
{
    private const int Count = 16;
    private const long BytesAPass = 400_000_000;

    private readonly int _length;
    private readonly byte[] _bytes;
    private PacketPeer? _peer;
    private int _rounds;

    /// <summary>Makes the input.</summary>
    protected ChecksumRatio(int length)
    {
        _length = length;
        _bytes = new byte[Count * length];
        new Random(42).NextBytes(_bytes);
    }

    /// <inheritdoc/>
    public string Package => "Packets";

    /// <inheritdoc/>
    public string Name => $"Internet checksum of {_length} bytes";

    /// <inheritdoc/>
    public string Unit => "ns/checksum";

    /// <inheritdoc/>
    public string PeerName => "DPDK rte_raw_cksum, inlined, gcc -O3 -march=native";

    /// <inheritdoc/>
    public double Goal => 1.0;

    /// <inheritdoc/>
    public void SetUp(bool shortRun) => _rounds = (int)(BytesAPass / ((shortRun ? 20 : 2) * (_length + 200) * Count));

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peer = PacketPeer.TryLoad(out string? whyNot);
        return whyNot;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        ulong sum = 0;
        long start = ThreadClock.Nanoseconds;
        for (int round = 0; round < _rounds; round++)
        {
            for (int i = 0; i < Count; i++)
            {
                sum += InternetChecksum.Compute(_bytes.AsSpan(i * _length, _length));
            }
        }

        return Measured(start, sum);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        ulong sum = 0;
        long start = ThreadClock.Nanoseconds;
        for (int round = 0; round < _rounds; round++)
        {
            sum += _peer!.Checksum(_bytes, _length, _length, Count);
        }

        return Measured(start, sum);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _peer?.Dispose();
        GC.SuppressFinalize(this);
    }

    private Sample Measured(long start, ulong sum) => new((double)(ThreadClock.Nanoseconds - start) / ((long)_rounds * Count), sum);
}
