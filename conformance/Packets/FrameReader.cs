using Weft.Packets;

namespace Weft.Conformance.PacketsTests;

/// <summary>Reads a frame through all our views, outermost header to innermost, under tshark's names for the fields.</summary>
internal sealed class FrameReader
{
    private const int MaxDepth = 8;

    private readonly Dictionary<string, List<string>> _fields = [];
    private int _depth;

    /// <summary>Everything that the views find in a frame; a field that occurs again is appended with a comma.</summary>
    public static Dictionary<string, string> Read(ReadOnlySpan<byte> frame)
    {
        FrameReader reader = new();
        reader.Ethernet(frame);
        return reader._fields.ToDictionary(field => field.Key, field => string.Join(',', field.Value));
    }

    private void Add(string field, object value)
    {
        string text = value is Enum e ? Convert.ToUInt64(e).ToString() : value.ToString()!;
        if (!_fields.TryGetValue(field, out List<string>? values))
        {
            _fields[field] = values = [];
        }

        values.Add(text);
    }

    private void Ethernet(ReadOnlySpan<byte> bytes)
    {
        if (!EthernetView.TryParse(bytes, out EthernetView view))
        {
            return;
        }

        Add("eth.dst", view.Destination);
        Add("eth.src", view.Source);
        for (int i = 0; i < view.TagCount; i++)
        {
            string tag = view.TagTypeAt(i) == EtherType.ServiceVlanTag ? "ieee8021ad" : "vlan";
            Add($"{tag}.id", view.TagAt(i).VlanId);
            Add($"{tag}.priority", view.TagAt(i).Priority);
        }

        Network(view.EtherType, view.Payload);
    }

    private void Network(EtherType type, ReadOnlySpan<byte> bytes)
    {
        if (++_depth > MaxDepth)
        {
            return;
        }

        switch (type)
        {
            case EtherType.IPv4:
                IPv4(bytes);
                break;
            case EtherType.IPv6:
                IPv6(bytes);
                break;
            case EtherType.Arp or EtherType.Rarp:
                Arp(bytes);
                break;
            case EtherType.TransparentEthernet:
                Ethernet(bytes);
                break;
            case EtherType.Nsh:
                Nsh(bytes);
                break;
        }
    }

    private void Arp(ReadOnlySpan<byte> bytes)
    {
        if (ArpView.TryParse(bytes, out ArpView view))
        {
            Add("arp.opcode", view.Operation);
            Add("arp.src.hw_mac", view.SenderMac);
            Add("arp.src.proto_ipv4", view.SenderAddress);
            Add("arp.dst.hw_mac", view.TargetMac);
            Add("arp.dst.proto_ipv4", view.TargetAddress);
        }
    }

    private void IPv4(ReadOnlySpan<byte> bytes)
    {
        if (!IPv4View.TryParse(bytes, out IPv4View view))
        {
            return;
        }

        Add("ip.src", view.Source);
        Add("ip.dst", view.Destination);
        Add("ip.ttl", view.TimeToLive);
        Add("ip.proto", view.Protocol);
        Add("ip.len", view.TotalLength);
        Add("ip.id", view.Identification);
        Add("ip.frag_offset", view.FragmentOffsetBytes / 8);
        Add("ip.checksum", view.Checksum);
        Add("weft.ip.checksum_valid", view.IsChecksumValid);
        foreach (IPv4Option option in view.Options)
        {
            Add("weft.ip.option", $"{option.Type}:{Convert.ToHexString(option.Data)}");
        }

        if (view.FragmentOffsetBytes == 0)
        {
            Transport(view.Protocol, view.Payload);
        }
    }

    private void IPv6(ReadOnlySpan<byte> bytes)
    {
        if (!IPv6View.TryParse(bytes, out IPv6View view))
        {
            return;
        }

        Add("ipv6.src", view.Source);
        Add("ipv6.dst", view.Destination);
        Add("ipv6.hlim", view.HopLimit);
        Add("ipv6.plen", view.PayloadLength);
        Add("ipv6.flow", view.FlowLabel);
        IPv6ExtensionWalk walk = view.WalkExtensions();
        if (walk.FragmentHeaderOffset >= 0 && IPv6FragmentHeader.TryParse(view.Payload[walk.FragmentHeaderOffset..], out IPv6FragmentHeader fragment))
        {
            Add("ipv6.fraghdr.offset", fragment.OffsetBytes / 8);
            Add("ipv6.fraghdr.ident", fragment.Identification);
        }

        if (view.NextHeader == IpProtocol.HopByHop && walk.Count > 0)
        {
            foreach (IPv6Option option in new IPv6OptionEnumerator(view.Payload[2..8]))
            {
                Add("weft.ipv6.option", option.Type);
            }
        }

        if (walk.Error == LayoutError.None && !walk.IsLaterFragment)
        {
            Transport(walk.Protocol, view.Payload[walk.Length..]);
        }
    }

    private void Transport(IpProtocol protocol, ReadOnlySpan<byte> bytes)
    {
        switch (protocol)
        {
            case IpProtocol.Tcp when TcpView.TryParse(bytes, out TcpView tcp):
                Tcp(tcp);
                break;
            case IpProtocol.Udp when UdpView.TryParse(bytes, out UdpView udp):
                Udp(udp);
                break;
            case IpProtocol.Icmp when IcmpView.TryParse(bytes, out IcmpView icmp):
                Icmp(icmp);
                break;
            case IpProtocol.IcmpV6 when IcmpV6View.TryParse(bytes, out IcmpV6View icmp):
                IcmpV6(icmp, bytes);
                break;
            case IpProtocol.Igmp when IgmpView.TryParse(bytes, out IgmpView igmp):
                Igmp(igmp);
                break;
            case IpProtocol.Esp when EspView.TryParse(bytes, out EspView esp):
                Add("esp.spi", esp.Spi);
                Add("esp.sequence", esp.SequenceNumber);
                break;
            case IpProtocol.Gre when GreView.TryParse(bytes, out GreView gre):
                Gre(gre);
                break;
        }
    }

    private void Tcp(TcpView view)
    {
        Add("tcp.srcport", view.SourcePort);
        Add("tcp.dstport", view.DestinationPort);
        Add("tcp.seq_raw", view.SequenceNumber);
        Add("tcp.ack_raw", view.AcknowledgmentNumber);
        Add("tcp.window_size_value", view.Window);
        foreach (TcpOption option in view.Options)
        {
            if (option.Kind == 2 && option.Data.Length == 2)
            {
                Add("tcp.options.mss_val", (option.Data[0] << 8) | option.Data[1]);
            }
            else if (option.Kind == 3 && option.Data.Length == 1)
            {
                Add("tcp.options.wscale.shift", option.Data[0]);
            }
        }
    }

    private void Udp(UdpView view)
    {
        Add("udp.srcport", view.SourcePort);
        Add("udp.dstport", view.DestinationPort);
        Add("udp.length", view.Length);
        Add("udp.checksum", view.Checksum);
        switch (view.DestinationPort)
        {
            case VxlanHeader.Port when VxlanView.TryParse(view.Payload, out VxlanView vxlan):
                Add("vxlan.vni", vxlan.Vni);
                Ethernet(vxlan.Payload);
                break;
            case VxlanGpeHeader.Port when VxlanGpeView.TryParse(view.Payload, out VxlanGpeView gpe):
                Add("vxlan.vni", gpe.Vni);
                Network(gpe.NextProtocol == VxlanGpeProtocol.IPv4 ? EtherType.IPv4 : EtherType.None, gpe.Payload);
                break;
            case GeneveHeader.Port when GeneveView.TryParse(view.Payload, out GeneveView geneve):
                Add("geneve.vni", geneve.Vni);
                Add("geneve.proto_type", geneve.ProtocolType);
                foreach (GeneveOption option in geneve.Options)
                {
                    Add("geneve.option.class", option.Class);
                    Add("geneve.option.type", option.Type);
                    Add("weft.geneve.option.critical", option.IsCritical);
                    Add("weft.geneve.option.data", Convert.ToHexString(option.Data));
                }

                Network(geneve.ProtocolType, geneve.Payload);
                break;
            case BfdControlPacket.SingleHopPort when BfdControlView.TryParse(view.Payload, out BfdControlView bfd):
                Bfd(bfd);
                break;
        }
    }

    private void Bfd(BfdControlView view)
    {
        Add("bfd.version", BfdControlPacket.Version);
        Add("bfd.sta", view.State);
        Add("bfd.detect_time_multiplier", view.DetectMultiplier);
        Add("bfd.my_discriminator", view.MyDiscriminator);
        Add("bfd.your_discriminator", view.YourDiscriminator);
        Add("bfd.desired_min_tx_interval", view.DesiredMinTxMicroseconds);
        Add("bfd.required_min_rx_interval", view.RequiredMinRxMicroseconds);
    }

    private void Icmp(IcmpView view)
    {
        Add("icmp.type", view.Type);
        Add("icmp.code", view.Code);
        if (view.IsError)
        {
            Add("icmp.mtu", view.RestOfHeader & 0xFFFF);
            Network(EtherType.IPv4, view.EmbeddedPacket);
        }
        else
        {
            Add("icmp.ident", view.Identifier);
            Add("icmp.seq", view.SequenceNumber);
        }
    }

    private void IcmpV6(IcmpV6View view, ReadOnlySpan<byte> bytes)
    {
        Add("icmpv6.type", view.Type);
        Add("icmpv6.code", view.Code);
        if (view.IsError)
        {
            Add("icmpv6.mtu", view.RestOfHeader);
            Network(EtherType.IPv6, view.EmbeddedPacket);
        }
        else if (view.Type is IcmpV6Type.EchoRequest or IcmpV6Type.EchoReply)
        {
            Add("icmpv6.echo.identifier", view.Identifier);
        }
        else if (NeighborMessageView.TryParse(bytes, out NeighborMessageView neighbor))
        {
            Add(neighbor.IsAdvertisement ? "icmpv6.nd.na.target_address" : "icmpv6.nd.ns.target_address", neighbor.Target);
            Add("weft.nd.flags", $"{neighbor.IsRouter} {neighbor.IsSolicited} {neighbor.IsOverride}");
            if (neighbor.TryGetLinkLayerAddress(out MacAddress mac))
            {
                Add("icmpv6.opt.linkaddr", mac);
            }
        }
        else if (RouterMessageView.TryParse(bytes, out RouterMessageView router))
        {
            Router(router);
        }
        else if (MldView.TryParse(bytes, out MldView mld))
        {
            Mld(mld);
        }
    }

    private void Router(RouterMessageView view)
    {
        if (view.IsAdvertisement)
        {
            Add("icmpv6.nd.ra.router_lifetime", view.RouterLifetimeSeconds);
            Add("weft.ra", $"{view.IsManaged} {view.HasOtherConfiguration} {view.CurrentHopLimit} {view.ReachableTimeMilliseconds} {view.RetransmitMilliseconds}");
        }

        foreach (NdOption option in view.Options)
        {
            switch (option.Type)
            {
                case NdOptionType.SourceLinkLayerAddress:
                    Add("icmpv6.opt.linkaddr", option.LinkLayerAddress);
                    break;
                case NdOptionType.Mtu:
                    Add("weft.nd.mtu", option.Mtu);
                    break;
            }
        }
    }

    private void Mld(MldView view)
    {
        Add("weft.mld.version", view.Version);
        Add("weft.mld.max_response_ms", view.MaxResponseMilliseconds);
        Add("weft.mld.query", $"{view.SuppressRouterProcessing} {view.Robustness} {view.QueryIntervalSeconds}");
        if (view.Type != IcmpV6Type.MulticastListenerReportV2)
        {
            Add("icmpv6.mld.multicast_address", view.Group);
        }

        for (int i = 0; i < view.SourceCount; i++)
        {
            Add("icmpv6.mld.source_address", view.SourceAt(i));
        }

        foreach (GroupRecord<IPv6Address> record in view.Records)
        {
            Add("icmpv6.mldr.mar.record_type", record.Type);
            Add("icmpv6.mldr.mar.multicast_address", record.Group);
            for (int i = 0; i < record.SourceCount; i++)
            {
                Add("icmpv6.mldr.mar.source_address", record.SourceAt(i));
            }
        }
    }

    private void Igmp(IgmpView view)
    {
        Add("igmp.type", view.Type);
        Add("igmp.version", view.Version);
        Add("weft.igmp.checksum_valid", view.IsChecksumValid);
        if (view.Type != IgmpType.ReportV3)
        {
            Add("igmp.maddr", view.Group);
        }

        if (view.Type == IgmpType.MembershipQuery)
        {
            Add("igmp.qqic", view.QueryIntervalSeconds);
            Add("weft.igmp.query", $"{view.MaxResponseTenths} {view.Robustness} {view.SuppressRouterProcessing}");
        }

        for (int i = 0; i < view.SourceCount; i++)
        {
            Add("igmp.saddr", view.SourceAt(i));
        }

        foreach (GroupRecord<IPv4Address> record in view.Records)
        {
            Add("igmp.record_type", record.Type);
            Add("igmp.maddr", record.Group);
            for (int i = 0; i < record.SourceCount; i++)
            {
                Add("igmp.saddr", record.SourceAt(i));
            }
        }
    }

    private void Gre(GreView view)
    {
        Add("gre.proto", view.ProtocolType);
        Add("weft.gre.checksum_valid", view.IsChecksumValid);
        if (view.Key is uint key)
        {
            Add("gre.key", key);
        }

        if (view.SequenceNumber is uint sequence)
        {
            Add("gre.sequence_number", sequence);
        }

        Network(view.ProtocolType, view.Payload);
    }

    private void Nsh(ReadOnlySpan<byte> bytes)
    {
        if (NshView.TryParse(bytes, out NshView view))
        {
            Add("nsh.spi", view.ServicePath);
            Add("nsh.si", view.ServiceIndex);
            Add("nsh.ttl", view.TimeToLive);
            Add("weft.nsh", $"{view.IsOam} {view.MetadataType} {Convert.ToHexString(view.Context)}");
            Network(view.NextProtocol == NshNextProtocol.IPv4 ? EtherType.IPv4 : EtherType.None, view.Payload);
        }
    }
}
