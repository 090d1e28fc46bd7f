namespace Weft.MeshAgent.Tls;

/// <summary>What a TLS connection between agents carries, by the protocol's name inside TLS (ALPN).</summary>
internal enum TunnelProtocol
{
    /// <summary>No name was given: bytes of one application connection and nothing else, as stunnel sends them.</summary>
    Plain,

    /// <summary>A PROXY header that says who talks to whom, then the bytes of one application connection.</summary>
    Relay,

    /// <summary>Frames of many streams.</summary>
    Mux,
}

/// <summary>The names.</summary>
internal static class TunnelProtocols
{
    public static ReadOnlySpan<byte> MuxName => "weft-mux/1"u8;

    public static ReadOnlySpan<byte> RelayName => "weft-relay/1"u8;

    /// <summary>The protocol of a name that was agreed on.</summary>
    public static TunnelProtocol Read(ReadOnlySpan<byte> name) =>
        name.SequenceEqual(MuxName) ? TunnelProtocol.Mux : name.SequenceEqual(RelayName) ? TunnelProtocol.Relay : TunnelProtocol.Plain;

    /// <summary>The first of ours that a client's list (length, name, length, name, …) has; empty if there is none.</summary>
    public static (int Start, int Length) Choose(ReadOnlySpan<byte> offered)
    {
        foreach (TunnelProtocol wanted in (ReadOnlySpan<TunnelProtocol>)[TunnelProtocol.Mux, TunnelProtocol.Relay])
        {
            for (int at = 0; at < offered.Length && at + 1 + offered[at] <= offered.Length; at += 1 + offered[at])
            {
                if (Read(offered.Slice(at + 1, offered[at])) == wanted)
                {
                    return (at + 1, offered[at]);
                }
            }
        }

        return (0, 0);
    }
}
