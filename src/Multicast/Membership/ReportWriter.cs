using Weft.Packets;

namespace Weft.Multicast;

/// <summary>Builds the frames of the switch's own reports: IGMPv3 and MLDv2 with as many records as fit, IGMPv2 and MLDv1 one by one.</summary>
internal sealed class ReportWriter
{
    private const int MaxBytes = 1400;
    private const byte InternetControl = 48; // DSCP CS6, as RFC 3376 section 4 says
    private const ulong LinkLocalPrefix = 0xFE80_0000_0000_0000;

    private static readonly IPv4Address AllRouters = new(0xE0000002);
    private static readonly IPv4Address AllReportRouters = new(0xE0000016);
    private static readonly IPv6Address AllRoutersIPv6 = new(0xFF02_0000_0000_0000, 2);
    private static readonly IPv6Address AllReportRoutersIPv6 = new(0xFF02_0000_0000_0000, 0x16);
    private static readonly byte[] RouterAlertIPv4 = [0x94, 4, 0, 0];

    private readonly byte[] _frame = new byte[MaxBytes + 200];
    private readonly byte[] _records = new byte[MaxBytes];
    private readonly IPv4Address[] _sources4 = new IPv4Address[MergedFilter.MaxSources];
    private int _length;
    private ushort _count;

    /// <summary>True if no record waits to be finished.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Adds a record to the report.</summary>
    /// <returns>False if it does not fit any more.</returns>
    public bool TryAdd(GroupRecordType type, IPv6Address group, ReadOnlySpan<IPv6Address> sources)
    {
        bool isIPv4 = MulticastAddress.IsIPv4(group);
        int needed = isIPv4 ? 8 + (sources.Length * IPv4Address.Length) : 20 + (sources.Length * IPv6Address.Length);
        if (_length + needed > MaxBytes)
        {
            return false;
        }

        Span<byte> room = _records.AsSpan(_length);
        if (isIPv4)
        {
            for (int i = 0; i < sources.Length; i++)
            {
                _sources4[i] = MulticastAddress.ToIPv4(sources[i]);
            }

            _length += GroupRecordWriter.Write(room, type, MulticastAddress.ToIPv4(group), _sources4.AsSpan(0, sources.Length));
        }
        else
        {
            _length += GroupRecordWriter.Write(room, type, group, sources);
        }

        _count++;
        return true;
    }

    /// <summary>The report of the records added since the last one.</summary>
    public ReadOnlySpan<byte> Finish(SnoopingSegmentOptions segment, bool isIPv6)
    {
        ReadOnlySpan<byte> records = _records.AsSpan(0, _length);
        ushort count = _count;
        (_length, _count) = (0, 0);
        if (!isIPv6)
        {
            int at = BeginIPv4(segment, AllReportRouters, IgmpMessage.Length + records.Length);
            records.CopyTo(_frame.AsSpan(at + IgmpMessage.Length));
            return _frame.AsSpan(0, at + IgmpMessage.WriteReportV3(_frame.AsSpan(at, IgmpMessage.Length + records.Length), count));
        }

        int start = BeginIPv6(segment, AllReportRoutersIPv6, MldMessage.ReportV2Length + records.Length);
        records.CopyTo(_frame.AsSpan(start + MldMessage.ReportV2Length));
        return _frame.AsSpan(0, start + MldMessage.WriteReportV2(_frame.AsSpan(start, MldMessage.ReportV2Length + records.Length), count, Source(segment), AllReportRoutersIPv6));
    }

    /// <summary>A report or leave that routers of IGMPv2 or MLDv1 understand.</summary>
    public ReadOnlySpan<byte> Older(SnoopingSegmentOptions segment, IPv6Address group, bool joins)
    {
        if (MulticastAddress.IsIPv4(group))
        {
            IPv4Address address = MulticastAddress.ToIPv4(group);
            int at = BeginIPv4(segment, joins ? address : AllRouters, IgmpMessage.Length);
            return _frame.AsSpan(0, at + IgmpMessage.Write(_frame.AsSpan(at), joins ? IgmpType.ReportV2 : IgmpType.LeaveGroup, 0, address));
        }

        IPv6Address receiver = joins ? group : AllRoutersIPv6;
        int start = BeginIPv6(segment, receiver, MldMessage.Length);
        IcmpV6Type type = joins ? IcmpV6Type.MulticastListenerReport : IcmpV6Type.MulticastListenerDone;
        return _frame.AsSpan(0, start + MldMessage.Write(_frame.AsSpan(start), type, 0, group, Source(segment), receiver));
    }

    /// <summary>The querier's link-local address, or one made from the MAC address (RFC 4291 appendix A): routers believe no other.</summary>
    private static IPv6Address Source(SnoopingSegmentOptions segment)
    {
        if (segment.QuerierIPv6 != default)
        {
            return segment.QuerierIPv6;
        }

        ulong mac = segment.QuerierMac.Value;
        return new IPv6Address(LinkLocalPrefix, ((mac >> 24 ^ 0x02_0000) << 40) | 0xFF_FE00_0000 | (mac & 0xFF_FFFF));
    }

    private int BeginIPv4(SnoopingSegmentOptions segment, IPv4Address receiver, int payload)
    {
        int at = Ethernet(segment, MulticastAddress.Map(receiver), EtherType.IPv4);
        var ip = new IPv4Header
        {
            Dscp = InternetControl,
            TimeToLive = 1,
            Protocol = IpProtocol.Igmp,
            PayloadLength = payload,
            Source = segment.QuerierIPv4, // 0.0.0.0 if there is none (RFC 4541 section 2.1.1 (1b))
            Destination = receiver,
        };
        return at + ip.Write(_frame.AsSpan(at), RouterAlertIPv4);
    }

    private int BeginIPv6(SnoopingSegmentOptions segment, IPv6Address receiver, int payload)
    {
        ReadOnlySpan<byte> hopByHop = [(byte)IpProtocol.IcmpV6, 0, 5, 2, 0, 0, 1, 0]; // router alert (RFC 2711 section 2.1), two octets of padding
        int at = Ethernet(segment, receiver, EtherType.IPv6);
        at += new IPv6Header
        {
            PayloadLength = hopByHop.Length + payload,
            NextHeader = IpProtocol.HopByHop,
            HopLimit = 1,
            Source = Source(segment),
            Destination = receiver,
        }.Write(_frame.AsSpan(at));
        hopByHop.CopyTo(_frame.AsSpan(at));
        return at + hopByHop.Length;
    }

    private int Ethernet(SnoopingSegmentOptions segment, IPv6Address receiver, EtherType type) => new EthernetHeader
    {
        Destination = MulticastAddress.ToMac(receiver),
        Source = segment.QuerierMac,
        EtherType = type,
    }.Write(_frame);
}
