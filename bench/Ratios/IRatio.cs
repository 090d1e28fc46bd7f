namespace Weft.Bench.Ratios;

/// <summary>
/// One comparison of something of ours with something that is not, on the same input, in the same run. Every public class
/// with a parameterless constructor that implements this is found by <c>ratios</c>; put it in the folder of its package.
/// </summary>
/// <remarks>
/// The order of calls is <see cref="SetUp"/>, <see cref="SetUpPeer"/>, then <see cref="Ours"/> and <see cref="Peer"/>
/// alternately, then Dispose. The constructor must be cheap: it runs for every ratio, chosen or not.
/// </remarks>
public interface IRatio : IDisposable
{
    /// <summary>The package it belongs to, without the prefix: <c>Flows</c>. <c>--package</c> selects by it.</summary>
    string Package { get; }

    /// <summary>What is compared, in words that make the line readable alone.</summary>
    string Name { get; }

    /// <summary>Unit of <see cref="Sample.Cost"/>, such as <c>ns/lookup</c>. Lower is better, always.</summary>
    string Unit { get; }

    /// <summary>The peer with its version or call, such as <c>DPDK rte_hash_lookup_bulk_data</c>.</summary>
    string PeerName { get; }

    /// <summary>Met if ours / peer is not above this, and ours not above <see cref="Limit"/>.</summary>
    double Goal { get; }

    /// <summary>What ours may cost at most in <see cref="Unit"/>, whatever the peer does; null, the default, for no such limit.</summary>
    double? Limit => null;

    /// <summary>How the passes become one figure. The default suits CPU-bound work on a busy machine.</summary>
    Statistic Statistic => Statistic.Minimum;

    /// <summary>Builds the input and our side.</summary>
    /// <param name="shortRun">True in CI: use less input if the full one takes seconds.</param>
    void SetUp(bool shortRun);

    /// <summary>Builds the peer's side from the same input.</summary>
    /// <returns>Null if the peer is ready; otherwise why it cannot be measured here, in a few words.</returns>
    string? SetUpPeer();

    /// <summary>One pass of ours.</summary>
    Sample Ours();

    /// <summary>One pass of the peer.</summary>
    Sample Peer();
}
