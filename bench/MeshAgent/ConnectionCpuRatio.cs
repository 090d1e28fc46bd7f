using Weft.Bench.Ratios;

namespace Weft.Bench.MeshAgent;

/// <summary>CPU of both ends for an application connection.</summary>
public abstract class ConnectionCpuRatio(string ours, string peer, double goal) : TunnelRatio(ours, peer)
{
    /// <inheritdoc/>
    public override string Unit => "us CPU/connection";

    /// <inheritdoc/>
    public override double Goal => goal;

    private protected override string What => "connect, exchange 64 bytes, reset";

    private protected override Sample Measure(TunnelRig rig, bool isOurs)
    {
        (double cpu, _, ulong failed) = rig.Connect(Connections(isOurs));
        return new Sample(cpu, failed);
    }
}

/// <summary>Streams beside stunnel.</summary>
public sealed class ConnectionCpuMultiplexedRatio() : ConnectionCpuRatio("multiplexed", "stunnel", 0.15);

/// <summary>One TLS connection each beside stunnel.</summary>
public sealed class ConnectionCpuPlainRatio() : ConnectionCpuRatio("plain", "stunnel", 0.8);

/// <summary>One TLS connection each beside SslStream: why the agent calls OpenSSL itself.</summary>
public sealed class ConnectionCpuSslStreamRatio() : ConnectionCpuRatio("plain", "sslStream", 0.8);
