using Weft.Packets;

namespace Weft.Nat;

/// <summary>What a translator knows of a TCP connection (RFC 6146 section 3.5.2, RFC 7857 section 2).</summary>
internal enum TcpState : byte
{
    /// <summary>No TCP.</summary>
    None,

    /// <summary>A SYN went out.</summary>
    SynOut,

    /// <summary>A SYN came in.</summary>
    SynIn,

    /// <summary>SYNs went both ways.</summary>
    Established,

    /// <summary>A FIN went out: the other direction may live on for hours.</summary>
    FinOut,

    /// <summary>A FIN came in.</summary>
    FinIn,

    /// <summary>FINs went both ways.</summary>
    Closed,

    /// <summary>A RST was seen: the connection is gone unless more segments say otherwise.</summary>
    Reset,
}

/// <summary>The transitions of <see cref="TcpState"/>.</summary>
internal static class TcpTracker
{
    /// <summary>The state after a segment.</summary>
    public static TcpState Next(TcpState state, TcpFlags flags, bool outbound)
    {
        bool syn = (flags & TcpFlags.Syn) != 0;
        bool fin = (flags & TcpFlags.Fin) != 0;
        if ((flags & TcpFlags.Rst) != 0)
        {
            return state == TcpState.Closed ? state : TcpState.Reset;
        }

        switch (state)
        {
            case TcpState.SynOut:
                return syn && !outbound ? TcpState.Established : state;
            case TcpState.SynIn:
                return syn && outbound ? TcpState.Established : state;
            case TcpState.Established:
                return !fin ? state : outbound ? TcpState.FinOut : TcpState.FinIn;
            case TcpState.FinOut:
                return fin && !outbound ? TcpState.Closed : state;
            case TcpState.FinIn:
                return fin && outbound ? TcpState.Closed : state;
            case TcpState.Closed when syn:
                return outbound ? TcpState.SynOut : TcpState.SynIn; // the same ports again
            case TcpState.Reset:
                // Whoever sends on has not closed: the RST was a forgery or was ignored (RFC 7857 section 2.2).
                return !syn ? TcpState.Established : outbound ? TcpState.SynOut : TcpState.SynIn;
            default:
                return state;
        }
    }

    /// <summary>True if the connection may be idle for hours.</summary>
    public static bool IsLong(TcpState state) => state is TcpState.Established or TcpState.FinOut or TcpState.FinIn;
}
