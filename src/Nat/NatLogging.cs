namespace Weft.Nat;

/// <summary>How much a translator reports.</summary>
public enum NatLogging : byte
{
    /// <summary>Blocks that come and go, exhaustion, quotas: enough where addresses and ports are given out by plan.</summary>
    Blocks,

    /// <summary>Also every mapping and every machine's address: who used a port, but not whom they talked to (RFC 6888 REQ-12).</summary>
    Mappings,

    /// <summary>Also every session, with the remote.</summary>
    Sessions,
}
