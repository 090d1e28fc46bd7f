using System.Text;
using Weft.Bench.Ratios;
using Weft.Flows;

namespace Weft.Bench.Flows;

/// <summary>A Maglev table of 65,537 slots for a hundred backends from scratch, beside the time that it may take.</summary>
public sealed class MaglevBuildRatio : IRatio
{
    private readonly HashBackend[] _backends = [.. Enumerable.Range(0, 100).Select(backend => new HashBackend(Encoding.ASCII.GetBytes($"10.0.0.{backend}:80")))];

    /// <inheritdoc/>
    public string Package => "Flows";

    /// <inheritdoc/>
    public string Name => "build a Maglev table of 65,537 slots for 100 backends";

    /// <inheritdoc/>
    public string Unit => "ms/table";

    /// <inheritdoc/>
    public string PeerName => "the bound of 5 ms";

    /// <inheritdoc/>
    public double Goal => 1;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
    }

    /// <inheritdoc/>
    public string? SetUpPeer() => null;

    /// <inheritdoc/>
    public Sample Ours()
    {
        long start = ThreadClock.Nanoseconds;
        var table = MaglevTable.Build(_backends);
        return new Sample((ThreadClock.Nanoseconds - start) / 1e6, (ulong)table.Size);
    }

    /// <inheritdoc/>
    public Sample Peer() => new(5, MaglevTable.DefaultSize);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
