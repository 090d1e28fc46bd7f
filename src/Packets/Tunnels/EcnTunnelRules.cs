namespace Weft.Packets;

/// <summary>Explicit congestion notification across a tunnel (RFC 6040, extended to tunnels with a shim by RFC 9601).</summary>
public static class EcnTunnelRules
{
    /// <summary>Not ECN-capable transport (RFC 3168 section 5).</summary>
    public const int NotEct = 0;

    /// <summary>ECN-capable transport 1.</summary>
    public const int Ect1 = 1;

    /// <summary>ECN-capable transport 0.</summary>
    public const int Ect0 = 2;

    /// <summary>Congestion experienced.</summary>
    public const int Ce = 3;

    /// <summary>Result of <see cref="Decapsulate"/> for a packet that must be dropped.</summary>
    public const int Drop = -1;

    /// <summary>The inner field after decapsulation, or <see cref="Drop"/> (RFC 6040 section 4.2, figure 4).</summary>
    /// <param name="inner">Inner field, 0 to 3.</param>
    /// <param name="outer">Outer field, 0 to 3.</param>
    public static int Decapsulate(int inner, int outer) => (inner, outer) switch
    {
        (NotEct, Ce) => Drop,
        (NotEct, _) => NotEct,
        (_, Ce) => Ce,
        (Ect0, Ect1) => Ect1,
        _ => inner,
    };

    /// <summary>
    /// True for the combinations that no conforming path produces: the ones figure 4 marks for an alarm.
    /// </summary>
    public static bool IsAnomaly(int inner, int outer) => (inner, outer) switch
    {
        (NotEct, Ect0 or Ect1 or Ce) => true,
        (Ect1, Ect0) => true,
        (Ce, Ect1) => true,
        _ => false,
    };
}
