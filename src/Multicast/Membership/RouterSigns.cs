using Weft.Packets;

namespace Weft.Multicast;

/// <summary>By what a multicast router is known besides its queries: PIM hellos, and advertisements to snoopers (RFC 4286).</summary>
internal static class RouterSigns
{
    private const int PimProtocol = 103;
    private const byte PimHello = 0x20; // version 2, type 0 (RFC 7761 section 4.9)
    private const int PimHeaderBytes = 4;
    private const byte AdvertisementMld = 151; // RFC 4286 section 3.2; that of IGMP is an IGMP message and read as such

    /// <summary>True if a frame is such a sign, whole and with a checksum that adds up (RFC 4541 section 2.1.1 (4)).</summary>
    public static bool IsSent(ReadOnlySpan<byte> frame, in PacketLayout layout)
    {
        bool isPim = (int)layout.Protocol == PimProtocol;
        bool mayBe = (layout.IsIPv4 && isPim) || (layout.IsIPv6 && (isPim || layout.Protocol == IpProtocol.IcmpV6));
        if (!mayBe || layout.Error != LayoutError.None || layout.IsFragment || layout.L4Offset + PimHeaderBytes > layout.EndOffset)
        {
            return false;
        }

        ReadOnlySpan<byte> message = frame[layout.L4Offset..layout.EndOffset];
        if (layout.IsIPv4)
        {
            return message[0] == PimHello && InternetChecksum.IsValid(message);
        }

        if (message[0] != (isPim ? PimHello : AdvertisementMld) || !IPv6View.TryParse(frame[layout.L3Offset..layout.EndOffset], out IPv6View ip))
        {
            return false;
        }

        // PIM over IPv6 and ICMPv6 have the pseudo header in common (RFC 7761 section 4.9, RFC 4443 section 2.3).
        return ip.Source.IsLinkLocal
            && InternetChecksum.IsValid(message, InternetChecksum.PseudoHeader(ip.Source, ip.Destination, layout.Protocol, message.Length));
    }
}
