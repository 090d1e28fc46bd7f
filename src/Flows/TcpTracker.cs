using Weft.Packets;

namespace Weft.Flows;

/// <summary>The transitions of <see cref="TcpState"/>.</summary>
public static class TcpTracker
{
    /// <summary>The state after a segment. Costs a few comparisons.</summary>
    /// <param name="state">The state before it.</param>
    /// <param name="flags">Control bits of the segment.</param>
    /// <param name="outbound">True if the segment goes out, from the side whose addresses are shared or protected.</param>
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

    /// <summary>True if the connection may be idle for hours (RFC 5382 REQ-5).</summary>
    /// <param name="state">Its state.</param>
    public static bool IsLong(TcpState state) => state is TcpState.Established or TcpState.FinOut or TcpState.FinIn;
}
