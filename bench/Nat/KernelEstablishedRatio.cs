using Weft.Bench.Ratios;
using Weft.Nat;

namespace Weft.Bench.Nat;

/// <summary>Packets of flows that are known.</summary>
public sealed class KernelEstablishedRatio : KernelRatio
{
    private NatEngine? _engine;

    /// <inheritdoc/>
    public override string Name => "translate a packet of an established flow";

    /// <inheritdoc/>
    public override string PeerName => "what nftables' snat adds to the kernel's forwarding of it";

    /// <inheritdoc/>
    public override double Goal => 1.0 / 6;

    /// <inheritdoc/>
    public override void SetUp(bool shortRun)
    {
        base.SetUp(shortRun);
        _engine = Engine();
        _ = Translate(_engine, 0, NatAction.Translated);
    }

    /// <inheritdoc/>
    public override string? SetUpPeer()
    {
        string? whyNot = base.SetUpPeer();
        _ = whyNot is null ? Kernel.Flood(translate: true, 0, Count, oneRemote: false) : 0;
        return whyNot;
    }

    /// <inheritdoc/>
    public override Sample Ours() => Translate(_engine!, 0, NatAction.Translated);

    /// <inheritdoc/>
    public override Sample Peer()
    {
        double plain = Kernel.Flood(translate: false, 0, Count, oneRemote: false);
        double translated = Kernel.Flood(translate: true, 0, Count, oneRemote: false);
        return new Sample(translated - plain, (ulong)Math.Min(Count, Kernel.Flows()));
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _engine?.Dispose();
        base.Dispose();
    }
}
