using Weft.Bench.Ratios;

namespace Weft.Bench.MeshAgent;

/// <summary>CPU of both ends for a gigabyte that one connection carries one way.</summary>
public abstract class BulkCpuRatio(string ours, string peer) : TunnelRatio(ours, peer)
{
    /// <inheritdoc/>
    public override string Unit => "s CPU/GB";

    /// <inheritdoc/>
    public override double Goal => 1.0;

    private protected override string What => "carry bytes one way";

    private protected override Sample Measure(TunnelRig rig, bool isOurs)
    {
        (double cpu, ulong missing) = rig.Send(IsShort ? 100_000_000 : 400_000_000);
        return new Sample(cpu, missing);
    }
}

/// <summary>A stream beside stunnel.</summary>
public sealed class BulkCpuMultiplexedRatio() : BulkCpuRatio("multiplexed", "stunnel");

/// <summary>A TLS connection of its own beside stunnel.</summary>
public sealed class BulkCpuPlainRatio() : BulkCpuRatio("plain", "stunnel");

/// <summary>A TLS connection of its own beside SslStream.</summary>
public sealed class BulkCpuSslStreamRatio() : BulkCpuRatio("plain", "sslStream");
