using Weft.Packets;

namespace Weft.Encap;

/// <summary>Builds the outer headers of one remote endpoint with everything in place that does not change.</summary>
internal static class OuterTemplate
{
    /// <summary>Headers whose lengths, markings, identification, ports and checksums are zero where packets differ.</summary>
    public static byte[] Build(VtepOptions options, VtepAddress remote)
    {
        int ipLength = remote.IsIPv4 ? OuterFormat.IPv4Length : OuterFormat.IPv6Length;
        var template = new byte[OuterFormat.EthernetLength + ipLength + OuterFormat.UdpLength + OuterFormat.TunnelLength];
        _ = new EthernetHeader { Source = options.Mac, EtherType = remote.IsIPv4 ? EtherType.IPv4 : EtherType.IPv6 }.Write(template);
        Span<byte> ip = template.AsSpan(OuterFormat.EthernetLength);
        if (remote.IsIPv4)
        {
            WriteIPv4(options, remote, ip);
        }
        else
        {
            WriteIPv6(options, remote, ip);
        }

        Span<byte> udp = ip[ipLength..];
        _ = new UdpHeader(0, options.EffectiveUdpPort, PayloadLength: 0).Write(udp);
        Span<byte> tunnel = udp[OuterFormat.UdpLength..];
        _ = options.Protocol switch
        {
            TunnelProtocol.Vxlan => new VxlanHeader(0).Write(tunnel),
            TunnelProtocol.Geneve => new GeneveHeader(0).Write(tunnel),
            _ => new VxlanGpeHeader(0, VxlanGpeProtocol.Ethernet).Write(tunnel),
        };
        return template;
    }

    /// <summary>The headers of a fragment, whose information goes into the last eight bytes; none if the endpoint does not cut frames.</summary>
    public static byte[] BuildFragment(VtepOptions options, ReadOnlySpan<byte> template)
    {
        if (options.Fragmentation is not { } fragmentation)
        {
            return [];
        }

        if (options.Protocol == TunnelProtocol.Vxlan)
        {
            return template.ToArray();
        }

        ReadOnlySpan<byte> outer = template[..^OuterFormat.TunnelLength];
        if (options.Protocol == TunnelProtocol.VxlanGpe)
        {
            byte[] gpe = [.. template, .. new byte[FragmentFormat.Length]];
            _ = new VxlanGpeHeader(0, (VxlanGpeProtocol)fragmentation.GpeNextProtocol).Write(gpe.AsSpan(outer.Length));
            return gpe;
        }

        byte[] geneve = [.. template, .. new byte[GeneveFragmentOption.Length]];
        byte[] option = new byte[GeneveFragmentOption.Length];
        fragmentation.Option.Write(option, default);
        _ = new GeneveHeader(0) { HasCriticalOptions = true }.Write(geneve.AsSpan(outer.Length), option);
        return geneve;
    }

    /// <summary>The unfolded sums of what the template holds: its IPv4 header, and its pseudo header without the length.</summary>
    public static (uint IPv4Header, uint PseudoHeader) Sums(ReadOnlySpan<byte> template, VtepAddress local, VtepAddress remote) => remote.IsIPv4
        ? (InternetChecksum.Sum(template.Slice(OuterFormat.EthernetLength, OuterFormat.IPv4Length)),
            InternetChecksum.PseudoHeader(local.V4, remote.V4, IpProtocol.Udp, length: 0))
        : (0, InternetChecksum.PseudoHeader(local.V6, remote.V6, IpProtocol.Udp, length: 0));

    private static void WriteIPv4(VtepOptions options, VtepAddress remote, Span<byte> ip)
    {
        var header = new IPv4Header
        {
            DontFragment = options.DontFragment,
            TimeToLive = options.TimeToLive,
            Protocol = IpProtocol.Udp,
            Source = options.Address.V4,
            Destination = remote.V4,
        };
        _ = header.Write(ip);
        ip.Slice(OuterFormat.IPv4TotalLengthOffset, sizeof(ushort)).Clear();
        ip.Slice(OuterFormat.IPv4ChecksumOffset, sizeof(ushort)).Clear();
    }

    private static void WriteIPv6(VtepOptions options, VtepAddress remote, Span<byte> ip)
    {
        var header = new IPv6Header
        {
            NextHeader = IpProtocol.Udp,
            HopLimit = options.TimeToLive,
            Source = options.Address.V6,
            Destination = remote.V6,
        };
        _ = header.Write(ip);
    }
}
