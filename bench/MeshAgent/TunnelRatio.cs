using Weft.Bench.Ratios;

namespace Weft.Bench.MeshAgent;

/// <summary>What two agents cost beside two ends of another tunnel, in the same minutes. Each end is a process; the load is not counted.</summary>
public abstract class TunnelRatio(string ours, string peer) : IRatio
{
    private TunnelRig? _ours;
    private TunnelRig? _peer;

    /// <inheritdoc/>
    public string Package => "MeshAgent";

    /// <inheritdoc/>
    public string Name => $"{What}, {(ours == "multiplexed" ? "streams of one TLS connection" : "one TLS connection each")}";

    /// <inheritdoc/>
    public abstract string Unit { get; }

    /// <inheritdoc/>
    public string PeerName => peer == "stunnel" ? "stunnel 5, mutual TLS 1.3, sessions resumed" : "the same relay with SslStream, mutual TLS 1.3";

    /// <inheritdoc/>
    public abstract double Goal { get; }

    /// <inheritdoc/>
    public Statistic Statistic => Statistic.Median;

    /// <summary>What is measured.</summary>
    private protected abstract string What { get; }

    private protected bool IsShort { get; private set; }

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        IsShort = shortRun;
        _ours = TunnelRig.TryCreate(ours, out _);
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peer = TunnelRig.TryCreate(peer, out string? whyNot);
        return whyNot;
    }

    /// <inheritdoc/>
    public Sample Ours() => Measure(_ours!, isOurs: true);

    /// <inheritdoc/>
    public Sample Peer() => Measure(_peer!, isOurs: false);

    /// <inheritdoc/>
    public void Dispose()
    {
        _ours?.Dispose();
        _peer?.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected abstract Sample Measure(TunnelRig rig, bool isOurs);

    /// <summary>As many as take a second or so: clock ticks of processes are a hundredth of one.</summary>
    private protected int Connections(bool isOurs) => (isOurs && ours == "multiplexed" ? 4000 : 600) / (IsShort ? 4 : 1);
}
