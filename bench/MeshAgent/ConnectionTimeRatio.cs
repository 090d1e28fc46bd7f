using Weft.Bench.Ratios;

namespace Weft.Bench.MeshAgent;

/// <summary>Time that passes for an application connection while four clients make them as fast as they can: a goal of 0.2 is five times the connections a second.</summary>
public sealed class ConnectionTimeRatio() : TunnelRatio("multiplexed", "stunnel")
{
    /// <inheritdoc/>
    public override string Unit => "us/connection, 4 clients";

    /// <inheritdoc/>
    public override double Goal => 0.2;

    private protected override string What => "connections at the highest rate";

    private protected override Sample Measure(TunnelRig rig, bool isOurs)
    {
        (_, double elapsed, ulong failed) = rig.Connect(Connections(isOurs));
        return new Sample(elapsed, failed);
    }
}
