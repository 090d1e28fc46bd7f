using Weft.Bench.Ratios;
using Weft.Nat;

namespace Weft.Bench.Nat;

/// <summary>First packets of flows for which no port is left: the answer to a flood must not cost more than the flood.</summary>
public sealed class KernelRefusalRatio : KernelRatio
{
    private const int Ports = 64_512;

    private NatEngine? _engine;

    /// <inheritdoc/>
    public override string Name => "refuse a flow because all 64,512 ports towards its remote are in use";

    /// <inheritdoc/>
    public override string PeerName => "what nftables' snat adds to the kernel's forwarding of it";

    /// <inheritdoc/>
    public override double Goal => 0.001;

    /// <summary>Packets of a pass of the kernel's, each of which takes a tenth of a millisecond.</summary>
    private int Refusals => IsShort ? 64 : 512;

    /// <inheritdoc/>
    public override void SetUp(bool shortRun)
    {
        base.SetUp(shortRun);
        _engine = Engine();
        for (int first = 0; first < Ports; first += Count)
        {
            _ = Translate(_engine, first, NatAction.Translated);
        }
    }

    /// <inheritdoc/>
    public override string? SetUpPeer()
    {
        string? whyNot = base.SetUpPeer();
        _ = whyNot is null ? Kernel.Flood(translate: true, 0, Ports + 2000, oneRemote: true) : 0;
        return whyNot;
    }

    /// <inheritdoc/>
    public override Sample Ours() => Translate(_engine!, 200_000, NatAction.Drop) is Sample sample ? sample with { Result = sample.Result == (ulong)Count ? 1UL : 0 } : default;

    /// <inheritdoc/>
    public override Sample Peer()
    {
        int before = Kernel.Flows();
        double plain = Kernel.Flood(translate: false, 100_000, Refusals, oneRemote: true);
        double refused = Kernel.Flood(translate: true, 100_000, Refusals, oneRemote: true);
        return new Sample(refused - plain, Kernel.Flows() - before < Refusals / 2 ? 1UL : 0);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _engine?.Dispose();
        base.Dispose();
    }
}
