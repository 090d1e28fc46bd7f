using Weft.Bench.Ratios;

namespace Weft.Bench.Host;

/// <summary>Two workers that seal and open with an association each.</summary>
public sealed class EspScalingRatio : ScalingRatio
{
    private readonly List<Pair> _workers = [];

    /// <inheritdoc/>
    public override string Name => $"second worker that seals and opens ESP, {PayloadBytes} bytes";

    /// <inheritdoc/>
    public override void SetUp(bool shortRun) => _workers.AddRange([new Pair(0x1000), new Pair(0x1001)]);

    /// <inheritdoc/>
    public override Sample Ours() => Measure(_workers[0].SealAndOpen, worker => _workers[worker].SealAndOpen());

    /// <inheritdoc/>
    public override void Dispose()
    {
        _workers.ForEach(worker => worker.Dispose());
        base.Dispose();
    }
}
