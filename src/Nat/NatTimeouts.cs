namespace Weft.Nat;

/// <summary>How long what is idle is remembered. The defaults are the standards'; shorter ones than their minimum are refused.</summary>
public sealed record NatTimeouts
{
    /// <summary>UDP: 5 min by default, at least 2 min (RFC 4787 REQ-5).</summary>
    public TimeSpan Udp { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>TCP connections that are established or half closed, and established SCTP associations: 2 h 4 min by default and at least (RFC 5382 REQ-5).</summary>
    public TimeSpan TcpEstablished { get; init; } = TimeSpan.FromSeconds(7440);

    /// <summary>TCP connections and SCTP associations that are closed or reset: 4 min by default and at least (RFC 5382 REQ-5, RFC 7857 section 2).</summary>
    public TimeSpan TcpTransitory { get; init; } = TimeSpan.FromSeconds(240);

    /// <summary>
    /// TCP connections and SCTP associations that are opening: 4 min by default (RFC 5382 REQ-5); from 10 s on, where half-open
    /// connections are a danger (RFC 7857 section 2.1 allows less than 4 min).
    /// </summary>
    public TimeSpan TcpOpening { get; init; } = TimeSpan.FromSeconds(240);

    /// <summary>ICMP queries: 60 s by default and at least (RFC 5508 REQ-2).</summary>
    public TimeSpan Icmp { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an unsolicited SYN from outside waits for one from inside: 6 s by default and at least (RFC 5382 REQ-4).</summary>
    public TimeSpan UnsolicitedSyn { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long a port rests before it is used again: 120 s by default (RFC 6888 REQ-8), 0 to 1 h; nothing is waited for at 0.</summary>
    public TimeSpan PortHoldDown { get; init; } = TimeSpan.FromSeconds(120);

    internal void Validate()
    {
        Check(Udp, 120, nameof(Udp));
        Check(TcpEstablished, 7440, nameof(TcpEstablished));
        Check(TcpTransitory, 240, nameof(TcpTransitory));
        Check(TcpOpening, 10, nameof(TcpOpening));
        Check(Icmp, 60, nameof(Icmp));
        Check(UnsolicitedSyn, 6, nameof(UnsolicitedSyn));
        if (PortHoldDown < TimeSpan.Zero || PortHoldDown > TimeSpan.FromHours(1))
        {
            throw new ArgumentOutOfRangeException(nameof(PortHoldDown), PortHoldDown, $"{nameof(PortHoldDown)} must be 0 to 1 h.");
        }
    }

    private static void Check(TimeSpan value, int leastSeconds, string name)
    {
        if (value < TimeSpan.FromSeconds(leastSeconds) || value > TimeSpan.FromDays(30))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {leastSeconds} s to 30 days.");
        }
    }
}
