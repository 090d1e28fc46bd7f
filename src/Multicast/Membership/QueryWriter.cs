using Weft.Packets;

namespace Weft.Multicast;

/// <summary>Builds the frames of queries: IGMPv3 (RFC 3376 section 4.1) and MLDv2 (RFC 3810 section 5.1), which older hosts read too.</summary>
internal sealed class QueryWriter(SnoopingOptions options)
{
    /// <summary>Most sources asked for in one frame.</summary>
    public const int MaxSources = 64;

    private const byte InternetControl = 48; // DSCP CS6, as RFC 3376 section 4 says
    private static readonly IPv4Address AllSystems = new(0xE0000001);
    private static readonly IPv6Address AllNodes = new(0xFF02_0000_0000_0000, 1);
    private static readonly byte[] RouterAlertIPv4 = [0x94, 4, 0, 0];

    private readonly byte[] _frame = new byte[EthernetHeader.UntaggedLength + IPv6Header.Length + 8 + MldMessage.QueryV2Length + (MaxSources * IPv6Address.Length)];
    private readonly IPv4Address[] _sources4 = new IPv4Address[MaxSources];

    /// <summary>A general query of IGMP or MLD.</summary>
    public ReadOnlySpan<byte> General(SnoopingSegmentOptions segment, bool isIPv6) => isIPv6
        ? Mld(segment, default, [], options.QueryResponseInterval)
        : Igmp(segment, default, [], options.QueryResponseInterval);

    /// <summary>A query for one group and, if any, some of its sources.</summary>
    public ReadOnlySpan<byte> Specific(SnoopingSegmentOptions segment, IPv6Address group, ReadOnlySpan<IPv6Address> sources) =>
        MulticastAddress.IsIPv4(group)
            ? Igmp(segment, MulticastAddress.ToIPv4(group), sources, options.LastMemberQueryInterval)
            : Mld(segment, group, sources, options.LastMemberQueryInterval);

    private ReadOnlySpan<byte> Igmp(SnoopingSegmentOptions segment, IPv4Address group, ReadOnlySpan<IPv6Address> sources, TimeSpan response)
    {
        for (int i = 0; i < sources.Length; i++)
        {
            _sources4[i] = MulticastAddress.ToIPv4(sources[i]);
        }

        IPv4Address receiver = group == default ? AllSystems : group;
        int at = Ethernet(segment, MulticastAddress.Map(receiver), EtherType.IPv4);
        int header = at;
        at += IPv4Header.MinLength + RouterAlertIPv4.Length;
        byte tenths = (byte)(response.Ticks / (TimeSpan.TicksPerSecond / 10));
        // Sources can be asked for in version 3 only, and only hosts of that version have named any.
        int message = segment.IgmpVersion == 2 && sources.IsEmpty ? IgmpMessage.Write(_frame.AsSpan(at), IgmpType.MembershipQuery, tenths, group) : IgmpMessage.WriteQueryV3(
            _frame.AsSpan(at),
            tenths,
            group,
            (byte)options.Robustness,
            (byte)options.QueryInterval.TotalSeconds,
            suppressRouterProcessing: false,
            _sources4.AsSpan(0, sources.Length));
        var ip = new IPv4Header
        {
            Dscp = InternetControl,
            PayloadLength = message,
            TimeToLive = 1,
            Protocol = IpProtocol.Igmp,
            Source = segment.QuerierIPv4,
            Destination = receiver,
        };
        _ = ip.Write(_frame.AsSpan(header), RouterAlertIPv4);
        return _frame.AsSpan(0, at + message);
    }

    private ReadOnlySpan<byte> Mld(SnoopingSegmentOptions segment, IPv6Address group, ReadOnlySpan<IPv6Address> sources, TimeSpan response)
    {
        IPv6Address receiver = group == default ? AllNodes : group;
        int at = Ethernet(segment, receiver, EtherType.IPv6);
        int header = at;
        at += IPv6Header.Length;

        // Hop-by-hop: next header, length, router alert with value 0 (RFC 2711 section 2.1), two octets of padding.
        ReadOnlySpan<byte> hopByHop = [(byte)IpProtocol.IcmpV6, 0, 5, 2, 0, 0, 1, 0];
        hopByHop.CopyTo(_frame.AsSpan(at));
        at += hopByHop.Length;
        int message = segment.MldVersion == 1 && sources.IsEmpty
            ? MldMessage.Write(_frame.AsSpan(at), IcmpV6Type.MulticastListenerQuery, (ushort)response.TotalMilliseconds, group, segment.QuerierIPv6, receiver)
            : MldMessage.WriteQueryV2(
            _frame.AsSpan(at),
            (ushort)response.TotalMilliseconds,
            group,
            (byte)options.Robustness,
            (byte)options.QueryInterval.TotalSeconds,
            sources,
            segment.QuerierIPv6,
            receiver);
        var ip = new IPv6Header
        {
            PayloadLength = hopByHop.Length + message,
            NextHeader = IpProtocol.HopByHop,
            HopLimit = 1,
            Source = segment.QuerierIPv6,
            Destination = receiver,
        };
        _ = ip.Write(_frame.AsSpan(header));
        return _frame.AsSpan(0, at + message);
    }

    private int Ethernet(SnoopingSegmentOptions segment, IPv6Address receiver, EtherType type) => new EthernetHeader
    {
        Destination = MulticastAddress.ToMac(receiver),
        Source = segment.QuerierMac,
        EtherType = type,
    }.Write(_frame);
}
