using Weft.Bench.Ratios;

namespace Weft.Bench.MeshAgent;

/// <summary>The median time of an exchange of 64 bytes over a connection that is there.</summary>
public abstract class RoundTripRatio(string ours, string peer) : TunnelRatio(ours, peer)
{
    /// <inheritdoc/>
    public override string Unit => "us/exchange, median";

    /// <inheritdoc/>
    public override double Goal => 1.1;

    private protected override string What => "exchange 64 bytes";

    private protected override Sample Measure(TunnelRig rig, bool isOurs) => new(rig.RoundTripMicroseconds(IsShort ? 500 : 3000), 0);
}

/// <summary>A stream beside stunnel.</summary>
public sealed class RoundTripMultiplexedRatio() : RoundTripRatio("multiplexed", "stunnel");

/// <summary>A TLS connection of its own beside stunnel.</summary>
public sealed class RoundTripPlainRatio() : RoundTripRatio("plain", "stunnel");

/// <summary>A TLS connection of its own beside SslStream.</summary>
public sealed class RoundTripSslStreamRatio() : RoundTripRatio("plain", "sslStream");
