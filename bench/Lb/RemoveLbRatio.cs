using Weft.Bench.Ratios;
using Weft.Lb;

namespace Weft.Bench.Lb;

/// <summary>Removing load balancers that together have a million flows, beside the time that one may take.</summary>
public sealed class RemoveLbRatio : IRatio
{
    private const int Members = 1000;

    private readonly LbId[] _lbs = new LbId[Members];
    private string _size = "";
    private ReturnPathBed? _bed;

    /// <inheritdoc/>
    public string Package => "Lb";

    /// <inheritdoc/>
    public string Name => $"remove one of {Members:N0} load balancers of {_size} flows";

    /// <inheritdoc/>
    public string Unit => "ns/removal";

    /// <inheritdoc/>
    public string PeerName => "the bound of 1 µs";

    /// <inheritdoc/>
    public double Goal => 1;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        int flows = shortRun ? 64_000 : 1_000_000;
        _size = shortRun ? "64 k" : "1 M";
        _bed = new ReturnPathBed(flows);
        Add();
        for (int i = 0; i < Members; i++)
        {
            _ = _bed.Learn(_bed.Keys.AsSpan(i * (flows / Members), flows / Members), _lbs[i]);
        }
    }

    /// <inheritdoc/>
    public string? SetUpPeer() => null;

    /// <inheritdoc/>
    public Sample Ours()
    {
        ulong removed = 0;
        long start = ThreadClock.Nanoseconds;
        foreach (LbId lb in _lbs)
        {
            removed += _bed!.Table.RemoveLb(lb) ? 1u : 0;
        }

        double cost = (double)(ThreadClock.Nanoseconds - start) / Members;
        Add();
        return new Sample(cost, removed);
    }

    /// <inheritdoc/>
    public Sample Peer() => new(1000, Members);

    /// <inheritdoc/>
    public void Dispose() => _bed?.Dispose();

    private void Add()
    {
        for (int i = 0; i < Members; i++)
        {
            _ = _bed!.Table.TryAddLb(ReturnPathBed.Identity(i), out _lbs[i]);
        }
    }
}
