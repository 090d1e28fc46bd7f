using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>Builds the outer headers of one remote endpoint with everything in place that does not change.</summary>
internal static class OuterTemplate
{
    public static byte[] Build(VtepOptions options, VtepAddress remote)
    {
        int ipLength = remote.IsIPv4 ? OuterFormat.IPv4Length : OuterFormat.IPv6Length;
        var template = new byte[OuterFormat.EthernetLength + ipLength + OuterFormat.UdpLength + OuterFormat.TunnelLength];
        options.Mac.Write(template.AsSpan(MacAddress.Length));
        EtherType type = remote.IsIPv4 ? EtherType.IPv4 : EtherType.IPv6;
        BinaryPrimitives.WriteUInt16BigEndian(template.AsSpan(OuterFormat.EtherTypeOffset), (ushort)type);
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
        BinaryPrimitives.WriteUInt16BigEndian(udp[OuterFormat.UdpDestinationOffset..], options.EffectiveUdpPort);
        Span<byte> tunnel = udp[OuterFormat.UdpLength..];
        if (options.Protocol == TunnelProtocol.Vxlan)
        {
            tunnel[0] = OuterFormat.VxlanVniFlag;
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(tunnel[OuterFormat.GeneveProtocolOffset..], (ushort)EtherType.TransparentEthernet);
        }

        return template;
    }

    /// <summary>The unfolded sums of what the template holds: its IPv4 header, and its pseudo header without the length.</summary>
    public static (uint IPv4Header, uint PseudoHeader) Sums(ReadOnlySpan<byte> template, bool isIPv4)
    {
        ReadOnlySpan<byte> ip = template[OuterFormat.EthernetLength..];
        return isIPv4
            ? (InternetChecksum.Sum(ip[..OuterFormat.IPv4Length]), InternetChecksum.Sum(ip[OuterFormat.IPv4SourceOffset..OuterFormat.IPv4Length]) + (uint)IpProtocol.Udp)
            : (0, InternetChecksum.Sum(ip[OuterFormat.IPv6SourceOffset..OuterFormat.IPv6Length]) + (uint)IpProtocol.Udp);
    }

    private static void WriteIPv4(VtepOptions options, VtepAddress remote, Span<byte> ip)
    {
        ip[0] = 0x45; // Version 4, five words (RFC 791 section 3.1).
        BinaryPrimitives.WriteUInt16BigEndian(ip[OuterFormat.IPv4FragmentOffset..], options.DontFragment ? OuterFormat.DontFragment : (ushort)0);
        ip[OuterFormat.IPv4TimeToLiveOffset] = options.TimeToLive;
        ip[OuterFormat.IPv4ProtocolOffset] = (byte)IpProtocol.Udp;
        options.Address.V4.Write(ip[OuterFormat.IPv4SourceOffset..]);
        remote.V4.Write(ip[OuterFormat.IPv4DestinationOffset..]);
    }

    private static void WriteIPv6(VtepOptions options, VtepAddress remote, Span<byte> ip)
    {
        ip[0] = 0x60; // Version 6; traffic class follows, the flow label stays 0 (RFC 8200 section 3).
        ip[OuterFormat.IPv6NextHeaderOffset] = (byte)IpProtocol.Udp;
        ip[OuterFormat.IPv6HopLimitOffset] = options.TimeToLive;
        options.Address.V6.Write(ip[OuterFormat.IPv6SourceOffset..]);
        remote.V6.Write(ip[OuterFormat.IPv6DestinationOffset..]);
    }
}
