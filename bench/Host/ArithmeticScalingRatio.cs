using Weft.Bench.Ratios;

namespace Weft.Bench.Host;

/// <summary>
/// Two workers that seal and open, beside two threads that do nothing but multiply and add in registers: what of a processor
/// the second one is at all.
/// </summary>
public sealed class ArithmeticScalingRatio : ScalingRatio
{
    private readonly List<Pair> _workers = [];
    private readonly ulong[] _sums = new ulong[2 * 64];

    /// <inheritdoc/>
    public override string Name => $"second worker that seals and opens ESP, beside plain arithmetic";

    /// <inheritdoc/>
    public override string PeerName => "multiply and add in registers, two threads";

    /// <inheritdoc/>
    public override void SetUp(bool shortRun) => _workers.AddRange([new Pair(0x1000), new Pair(0x1001)]);

    /// <inheritdoc/>
    public override string? SetUpPeer() => Environment.ProcessorCount < 2 ? "needs two processors" : null;

    /// <inheritdoc/>
    public override Sample Ours() => Measure(_workers[0].SealAndOpen, worker => _workers[worker].SealAndOpen());

    /// <inheritdoc/>
    public override Sample Peer() => Measure(() => Arithmetic(0), Arithmetic);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _workers.ForEach(worker => worker.Dispose());
        base.Dispose();
    }

    /// <summary>Four independent chains, as many as the multiplier takes; each thread's sum is on a cache line of its own.</summary>
    private long Arithmetic(int thread)
    {
        const int Steps = 10_000;
        (ulong a, ulong b, ulong c, ulong d) = (1, 2, 3, 4);
        for (int i = 0; i < Steps; i++)
        {
            a = (a * 6364136223846793005) + 1;
            b = (b * 6364136223846793005) + 3;
            c = (c * 6364136223846793005) + 5;
            d = (d * 6364136223846793005) + 7;
        }

        _sums[thread * 64] += a ^ b ^ c ^ d;
        return Steps;
    }
}
