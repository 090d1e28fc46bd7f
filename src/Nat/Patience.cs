using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>The idle times in nanoseconds, so that packets look them up instead of choosing them.</summary>
internal sealed class Patience
{
    private const int States = 8;

    private readonly long[] _connections = new long[States];
    private readonly long _udp;
    private readonly long _icmp;

    public Patience(NatTimeouts timeouts)
    {
        for (int state = 0; state < States; state++)
        {
            TimeSpan idle = TcpTracker.IsLong((TcpState)state) ? timeouts.TcpEstablished
                : (TcpState)state is TcpState.SynOut or TcpState.SynIn ? timeouts.TcpOpening
                : timeouts.TcpTransitory;
            _connections[state] = Nanoseconds(idle);
        }

        _udp = Nanoseconds(timeouts.Udp);
        _icmp = Nanoseconds(timeouts.Icmp);
    }

    /// <summary>Nanoseconds that an entry may be idle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Of(TcpState state, IpProtocol protocol) => protocol switch
    {
        IpProtocol.Udp => _udp,
        IpProtocol.Icmp => _icmp,
        _ => _connections[(int)state & (States - 1)],
    };

    private static long Nanoseconds(TimeSpan time) => time.Ticks * Timestamp.NanosecondsPerTick;
}
