using Weft.Bench.Ratios;
using Weft.Encap;

namespace Weft.Bench.Encap;

/// <summary>Checking and marking sequence numbers, one in eight out of order, one in fifty again.</summary>
public sealed unsafe class ReplayWindowRatio : IRatio
{
    private const int Numbers = 1 << 20;
    private const int Window = 1024;

    private ulong[] _numbers = [];
    private NativePeer? _peer;

    /// <inheritdoc/>
    public string Package => "Encap";

    /// <inheritdoc/>
    public string Name => "anti-replay check and commit, window of 1,024";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public string PeerName => "the method of RFC 6479 in C, inlined into its loop";

    /// <summary>5 ns where the peer's loop needs 2.5.</summary>
    public double Goal => 2;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        var random = new Random(1);
        _numbers = new ulong[Numbers];
        for (int i = 0; i < Numbers; i++)
        {
            int kind = random.Next(400);
            _numbers[i] = kind < 8 && i > 0 ? _numbers[i - 1 - random.Next(Math.Min(i, 16))] : (ulong)Math.Max(1, i + 1 - (kind < 58 ? random.Next(64) : 0));
        }
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peer = NativePeer.TryLoad("replay_window.c", [], [], out string whyNot);
        return _peer is null ? whyNot : null;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        var window = new AntiReplayWindow(Window);
        long start = ThreadClock.Nanoseconds;
        ulong fresh = 0;
        foreach (ulong number in _numbers)
        {
            if (window.Check(number) == ReplayVerdict.Fresh)
            {
                window.Commit(number);
                fresh++;
            }
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / Numbers, fresh);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        var run = (delegate* unmanaged<ulong*, uint, ulong>)_peer!.Function("peer_run");
        long start = ThreadClock.Nanoseconds;
        fixed (ulong* numbers = _numbers)
        {
            ulong fresh = run(numbers, Numbers);
            return new Sample((double)(ThreadClock.Nanoseconds - start) / Numbers, fresh);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _peer?.Dispose();
}
