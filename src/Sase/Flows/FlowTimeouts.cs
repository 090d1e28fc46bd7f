using Weft.Flows;
using Weft.Packets;

namespace Weft.Sase.Flows;

/// <summary>How long a flow may be silent, in milliseconds.</summary>
internal static class FlowTimeouts
{
    /// <summary>RFC 5382 REQ-5: 2 hours 4 minutes.</summary>
    private const uint TcpEstablished = 7_440_000;

    /// <summary>RFC 5382 REQ-5: 4 minutes.</summary>
    private const uint TcpTransitory = 240_000;

    /// <summary>Half-open: long enough for all retransmissions of a SYN that Linux sends in its first half minute.</summary>
    private const uint TcpOpening = 30_000;

    /// <summary>RFC 4787 REQ-5: 5 minutes.</summary>
    private const uint Udp = 300_000;

    /// <summary>RFC 5508 REQ-2: 60 seconds.</summary>
    private const uint Icmp = 60_000;

    public static uint Of(IpProtocol protocol, in FlowState flow) => protocol switch
    {
        IpProtocol.Tcp => flow.Tcp switch
        {
            TcpState.Established or TcpState.FinOut or TcpState.FinIn => TcpEstablished,
            TcpState.SynOut or TcpState.SynIn => TcpOpening,
            _ => TcpTransitory,
        },
        IpProtocol.Icmp => Icmp,
        _ => Udp,
    };

    public static uint Milliseconds(Timestamp now) => (uint)(now.Nanoseconds / 1_000_000);
}
