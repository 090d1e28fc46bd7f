using Weft.Bench.Ratios;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Bench.Encap;

/// <summary>The receive-side scaling hash of flows, as software dispatch computes it for every packet.</summary>
public abstract unsafe class ToeplitzRatio : IRatio
{
    private const int Tuples = 4096;
    private const int Passes = 16;

    private uint[] _words = [];
    private NativePeer? _peer;
    private delegate* unmanaged<uint*, uint, uint, byte*, ulong> _hash;

    /// <inheritdoc/>
    public string Package => "Encap";

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public string Unit => "ns/hash";

    /// <inheritdoc/>
    public string PeerName => "DPDK rte_softrss";

    /// <inheritdoc/>
    public double Goal => 0.25;

    /// <summary>32-bit words of a tuple.</summary>
    private protected abstract int WordsPerTuple { get; }

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        var random = new Random(1);
        _words = new uint[Tuples * WordsPerTuple];
        for (int i = 0; i < _words.Length; i++)
        {
            _words[i] = (uint)random.NextInt64(1L << 32);
        }
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peer = NativePeer.TryLoad("softrss.c", ["libdpdk"], [], out string whyNot);
        if (_peer is null)
        {
            return whyNot;
        }

        _hash = (delegate* unmanaged<uint*, uint, uint, byte*, ulong>)_peer.Function("peer_hash");
        return null;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        long start = ThreadClock.Nanoseconds;
        ulong sum = 0;
        for (int pass = 0; pass < Passes; pass++)
        {
            sum += Hash(_words);
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / (Tuples * Passes), sum);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        long start = ThreadClock.Nanoseconds;
        ulong sum = 0;
        fixed (uint* words = _words)
        {
            fixed (byte* key = ToeplitzKey.Microsoft.Bytes)
            {
                for (int pass = 0; pass < Passes; pass++)
                {
                    sum += _hash(words, (uint)WordsPerTuple, Tuples, key);
                }
            }
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / (Tuples * Passes), sum);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _peer?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Hashes all tuples once and adds the hashes up.</summary>
    private protected abstract ulong Hash(ReadOnlySpan<uint> words);
}
