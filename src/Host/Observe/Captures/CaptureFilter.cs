using Weft.Host.Datapath.Tapping;
using Weft.Packets;

namespace Weft.Host.Observe.Captures;

/// <summary>
/// Chooses frames by a part of the language of pcap-filter(7): <c>host</c>, <c>net</c>, <c>port</c>, <c>portrange</c> with <c>src</c>, <c>dst</c>,
/// <c>tcp</c>, <c>udp</c> or <c>sctp</c> in front; <c>ip</c>, <c>ip6</c>, <c>arp</c>, <c>tcp</c>, <c>udp</c>, <c>sctp</c>, <c>icmp</c>, <c>icmp6</c>, <c>igmp</c>,
/// <c>esp</c>; <c>ether host</c>, <c>ether proto</c>, <c>ip proto</c>, <c>broadcast</c>, <c>multicast</c>, <c>vlan</c>, <c>less</c>, <c>greater</c>;
/// <c>and</c>, <c>or</c>, <c>not</c> and parentheses.
/// </summary>
/// <remarks>
/// Unlike there, what stands behind VLAN tags and behind extension headers of IPv6 is always seen: <c>vlan 10 and host 192.0.2.1</c> and <c>host 192.0.2.1</c> both match a
/// tagged frame. A match costs one look for headers and a comparison a word, and allocates nothing.
/// </remarks>
public sealed class CaptureFilter : ITapFilter
{
    private readonly FilterNode _root;

    private CaptureFilter(FilterNode root, string text) => (_root, Text) = (root, text);

    /// <summary>The expression.</summary>
    public string Text { get; }

    /// <summary>Reads an expression.</summary>
    /// <param name="text">At most 1,024 characters.</param>
    /// <exception cref="FormatException">It is none; the message says which word was not expected.</exception>
    public static CaptureFilter Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new CaptureFilter(new FilterParser(text).Parse(), text);
    }

    /// <summary>Whether a frame, from its Ethernet header on, is chosen. It may be cut off or damaged.</summary>
    public bool Matches(ReadOnlySpan<byte> frame)
    {
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        return _root.Matches(frame, in layout);
    }
}
