using Weft.Bench.Ratios;
using Weft.Nat;

namespace Weft.Bench.Nat;

/// <summary>First packets of flows: a port is found, the flow remembered.</summary>
public sealed class KernelNewFlowRatio : KernelRatio
{
    /// <inheritdoc/>
    public override string Name => "translate the first packet of a flow";

    /// <inheritdoc/>
    public override string PeerName => "what nftables' snat adds to the kernel's forwarding of it";

    /// <inheritdoc/>
    public override double Goal => 0.25;

    /// <inheritdoc/>
    public override Sample Ours()
    {
        using NatEngine engine = Engine();
        return Translate(engine, 0, NatAction.Translated);
    }

    /// <inheritdoc/>
    public override Sample Peer()
    {
        double plain = Kernel.Flood(translate: false, 0, Count, oneRemote: false);
        Kernel.Forget();
        double translated = Kernel.Flood(translate: true, 0, Count, oneRemote: false);
        return new Sample(translated - plain, (ulong)Math.Min(Count, Kernel.Flows()));
    }
}
