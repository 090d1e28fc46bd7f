using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Multicast;

/// <summary>Says whether a message may be believed, before anything in it is used (RFC 4541 section 2.1.1 (4)).</summary>
internal static class ControlCheck
{
    private const byte RouterAlertOption = 5; // RFC 2711 section 2.1

    /// <summary>True if a frame carries IGMP: the whole message or what is left of it.</summary>
    public static bool IsIgmp(in PacketLayout layout) => layout.IsIPv4 && layout.Protocol == IpProtocol.Igmp;

    /// <summary>True if a frame carries MLD: an ICMPv6 message of one of its four types.</summary>
    public static bool IsMld(ReadOnlySpan<byte> frame, in PacketLayout layout) =>
        layout.IsIPv6 && layout.Protocol == IpProtocol.IcmpV6 && layout.L4Offset < frame.Length && (layout.Flags & LayoutFlags.LaterFragment) == 0
        && (IcmpV6Type)frame[layout.L4Offset] is IcmpV6Type.MulticastListenerQuery or IcmpV6Type.MulticastListenerReport
            or IcmpV6Type.MulticastListenerDone or IcmpV6Type.MulticastListenerReportV2;

    public static MulticastDropReason CheckIgmp(ReadOnlySpan<byte> frame, in PacketLayout layout, Strictness strictness, out IgmpView message, out IPv6Address source)
    {
        message = default;
        source = default;
        if (layout.Error != LayoutError.None || layout.IsFragment || !IPv4View.TryParse(frame[layout.L3Offset..layout.EndOffset], out IPv4View ip))
        {
            return MulticastDropReason.Malformed;
        }

        if (!ip.IsChecksumValid)
        {
            return MulticastDropReason.Checksum;
        }

        if (!IgmpView.TryParse(ip.Payload, out message, wholeRecords: strictness == Strictness.Strict))
        {
            return MulticastDropReason.Malformed;
        }

        if (!message.IsChecksumValid)
        {
            return MulticastDropReason.Checksum;
        }

        source = MulticastAddress.Map(ip.Source);
        if (ip.TimeToLive != 1 && strictness == Strictness.Strict)
        {
            return MulticastDropReason.TimeToLive;
        }

        return ip.Source.IsMulticast || ip.Source == IPv4Address.LimitedBroadcast ? MulticastDropReason.Source : MulticastDropReason.None;
    }

    public static MulticastDropReason CheckMld(ReadOnlySpan<byte> frame, in PacketLayout layout, Strictness strictness, out MldView message, out IPv6Address source)
    {
        message = default;
        source = default;
        if (layout.Error != LayoutError.None || layout.IsFragment || !IPv6View.TryParse(frame[layout.L3Offset..layout.EndOffset], out IPv6View ip))
        {
            return MulticastDropReason.Malformed;
        }

        ReadOnlySpan<byte> bytes = frame[layout.L4Offset..layout.EndOffset];
        if (!MldView.TryParse(bytes, out message, wholeRecords: strictness == Strictness.Strict) || !IcmpV6View.TryParse(bytes, out IcmpV6View icmp))
        {
            return MulticastDropReason.Malformed;
        }

        source = ip.Source;
        if (!icmp.IsChecksumValid(InternetChecksum.PseudoHeader(ip.Source, ip.Destination, IpProtocol.IcmpV6, bytes.Length)))
        {
            return MulticastDropReason.Checksum;
        }

        if (ip.HopLimit != 1 && strictness == Strictness.Strict)
        {
            return MulticastDropReason.TimeToLive;
        }

        if (strictness != Strictness.Rfc4541 && !HasRouterAlert(ip))
        {
            return MulticastDropReason.RouterAlert;
        }

        // A host that has no address yet reports from :: (RFC 3590); nobody queries from there (RFC 3810 section 5.1.14).
        bool mayBeUnspecified = message.Type != IcmpV6Type.MulticastListenerQuery;
        return strictness == Strictness.LinuxCompatible || source.IsLinkLocal || (mayBeUnspecified && source == IPv6Address.Any) ? MulticastDropReason.None : MulticastDropReason.Source;
    }

    private static bool HasRouterAlert(IPv6View ip)
    {
        if (ip.NextHeader != IpProtocol.HopByHop || ip.Payload.Length < 8)
        {
            return false;
        }

        int length = Math.Min((ip.Payload[1] + 1) * 8, ip.Payload.Length);
        foreach (IPv6Option option in new IPv6OptionEnumerator(ip.Payload[2..length]))
        {
            if (option.Type == RouterAlertOption)
            {
                return option.Data.Length == 2 && BinaryPrimitives.ReadUInt16BigEndian(option.Data) == 0;
            }
        }

        return false;
    }
}
