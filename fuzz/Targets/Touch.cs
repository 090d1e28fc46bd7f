using Weft.Packets;

namespace Weft.Fuzz.Targets;

/// <summary>Offers the same bytes to every view and reads every member that could reach beyond them.</summary>
internal static class Touch
{
    public static void EveryView(ReadOnlySpan<byte> bytes)
    {
        Network(bytes);
        Control(bytes);
        Tunnels(bytes);
    }

    private static void Network(ReadOnlySpan<byte> bytes)
    {
        if (EthernetView.TryParse(bytes, out EthernetView ethernet))
        {
            _ = ethernet.Payload;
            _ = ethernet.EtherType;
            _ = ethernet.TagCount > 0 ? ethernet.TagAt(ethernet.TagCount - 1) : default;
        }

        if (ArpView.TryParse(bytes, out ArpView arp))
        {
            _ = arp.ToMessage();
        }

        if (IPv4View.TryParse(bytes, out IPv4View v4))
        {
            _ = v4.ToHeader();
            _ = v4.Payload;
            foreach (IPv4Option option in v4.Options)
            {
                _ = option.Data;
            }
        }

        if (IPv6View.TryParse(bytes, out IPv6View v6))
        {
            _ = v6.ToHeader();
            _ = v6.Payload[v6.WalkExtensions().Length..];
        }

        foreach (IPv6Option option in new IPv6OptionEnumerator(bytes))
        {
            _ = option.Data;
        }

        if (UdpView.TryParse(bytes, out UdpView udp))
        {
            _ = udp.ToHeader();
            _ = udp.IsChecksumValid(udp.Payload.Length > 0 ? udp.Payload[^1] : 0u);
        }

        if (TcpView.TryParse(bytes, out TcpView tcp))
        {
            _ = tcp.ToHeader();
            _ = tcp.Payload;
            foreach (TcpOption option in tcp.Options)
            {
                _ = option.Data;
            }
        }
    }

    private static void Control(ReadOnlySpan<byte> bytes)
    {
        if (IcmpView.TryParse(bytes, out IcmpView icmp))
        {
            _ = icmp.EmbeddedPacket;
        }

        if (IcmpV6View.TryParse(bytes, out IcmpV6View icmp6))
        {
            _ = icmp6.EmbeddedPacket;
        }

        if (NeighborMessageView.TryParse(bytes, out NeighborMessageView neighbor))
        {
            _ = neighbor.Target;
            _ = neighbor.TryGetLinkLayerAddress(out _);
        }

        if (RouterMessageView.TryParse(bytes, out RouterMessageView router))
        {
            _ = router.RetransmitMilliseconds;
            foreach (NdOption option in router.Options)
            {
                _ = option.LinkLayerAddress;
                _ = option.Mtu;
            }
        }

        if (IgmpView.TryParse(bytes, out IgmpView igmp))
        {
            _ = igmp.SourceCount > 0 ? igmp.SourceAt(igmp.SourceCount - 1) : default;
            foreach (GroupRecord<IPv4Address> record in igmp.Records)
            {
                _ = record.SourceCount > 0 ? record.SourceAt(record.SourceCount - 1) : record.Group;
            }
        }

        if (MldView.TryParse(bytes, out MldView mld))
        {
            _ = mld.Group;
            _ = mld.QueryIntervalSeconds;
            _ = mld.SourceCount > 0 ? mld.SourceAt(mld.SourceCount - 1) : default;
            foreach (GroupRecord<IPv6Address> record in mld.Records)
            {
                _ = record.SourceCount > 0 ? record.SourceAt(record.SourceCount - 1) : record.Group;
            }
        }

        if (BfdControlView.TryParse(bytes, out BfdControlView bfd))
        {
            _ = bfd.ToPacket();
            _ = bfd.Authentication;
        }
    }

    private static void Tunnels(ReadOnlySpan<byte> bytes)
    {
        if (VxlanView.TryParse(bytes, out VxlanView vxlan))
        {
            _ = vxlan.Payload;
        }

        if (VxlanGpeView.TryParse(bytes, out VxlanGpeView gpe))
        {
            _ = gpe.ToHeader();
        }

        if (GeneveView.TryParse(bytes, out GeneveView geneve))
        {
            _ = geneve.Payload;
            foreach (GeneveOption option in geneve.Options)
            {
                _ = option.Data;
            }
        }

        if (GreView.TryParse(bytes, out GreView gre))
        {
            _ = gre.ToHeader();
            _ = gre.Payload;
        }

        if (EspView.TryParse(bytes, out EspView esp))
        {
            _ = esp.Payload;
        }

        if (NshView.TryParse(bytes, out NshView nsh))
        {
            _ = nsh.Context;
            _ = nsh.Payload;
        }

        _ = EspHeader.Classify(bytes);
        _ = IPv6FragmentHeader.TryParse(bytes, out _);
    }
}
