using Weft.Packets;

namespace Weft.Services;

/// <summary>How long a silent flow is remembered.</summary>
public sealed record FlowTimeouts
{
    /// <summary>TCP in which both sides have spoken (RFC 5382 requirement 5: not less than 2 hours and 4 minutes).</summary>
    public TimeSpan TcpEstablished { get; init; } = TimeSpan.FromMinutes(124);

    /// <summary>TCP that is opening or has closed on one side (RFC 5382 requirement 5: not less than 4 minutes).</summary>
    public TimeSpan TcpTransitory { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>TCP after FIN both ways, or a reset: long enough for segments that are still under way.</summary>
    public TimeSpan TcpClosed { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>UDP in which both sides have spoken (RFC 4787 requirement 5: not less than 2 minutes, 5 recommended).</summary>
    public TimeSpan UdpEstablished { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>UDP that nobody answered.</summary>
    public TimeSpan UdpUnanswered { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Queries of ICMP (RFC 5508 requirement 2: not less than 60 seconds).</summary>
    public TimeSpan Icmp { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Everything else.</summary>
    public TimeSpan Other { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The longest silence of a flow, milliseconds.</summary>
    internal long MillisecondsOf(in FlowRecord flow)
    {
        const FlowFlags BothClosed = FlowFlags.ForwardClosed | FlowFlags.ReverseClosed;
        FlowFlags flags = flow.Flags;
        bool established = (flags & FlowFlags.Established) != 0;
        TimeSpan silence = flow.Protocol switch
        {
            IpProtocol.Tcp when (flags & FlowFlags.Reset) != 0 || (flags & BothClosed) == BothClosed => TcpClosed,
            IpProtocol.Tcp => established && (flags & BothClosed) == 0 ? TcpEstablished : TcpTransitory,
            IpProtocol.Udp => established ? UdpEstablished : UdpUnanswered,
            IpProtocol.Icmp or IpProtocol.IcmpV6 => Icmp,
            _ => Other,
        };
        return (long)silence.TotalMilliseconds;
    }

    internal void Validate()
    {
        Check(TcpEstablished, nameof(TcpEstablished));
        Check(TcpTransitory, nameof(TcpTransitory));
        Check(TcpClosed, nameof(TcpClosed));
        Check(UdpEstablished, nameof(UdpEstablished));
        Check(UdpUnanswered, nameof(UdpUnanswered));
        Check(Icmp, nameof(Icmp));
        Check(Other, nameof(Other));
    }

    private static void Check(TimeSpan value, string name)
    {
        if (value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromDays(14))
        {
            throw new ArgumentOutOfRangeException(name, value, "The allowed range is 1 second to 14 days.");
        }
    }
}
