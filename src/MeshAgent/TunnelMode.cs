namespace Weft.MeshAgent;

/// <summary>How application connections travel between agents.</summary>
public enum TunnelMode
{
    /// <summary>As streams of one TLS connection for each pair of agents: a new application connection costs no handshake.</summary>
    Multiplexed,

    /// <summary>One TLS connection each, which begins with a PROXY header that says who talks to whom.</summary>
    PerConnection,

    /// <summary>One TLS connection each that carries the application's bytes and nothing else, as stunnel and others do.</summary>
    Plain,
}
