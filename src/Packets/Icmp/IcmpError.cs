namespace Weft.Packets;

/// <summary>
/// Writes ICMP errors about packets, and says about which packets none may be written (RFC 1122 section 3.2.2, RFC 1812 section 4.3.2.7,
/// RFC 4443 section 2.4). How many are sent is the caller's to limit.
/// </summary>
public static class IcmpError
{
    /// <summary>Longest IPv4 error: as much of the packet is quoted as fits (RFC 1812 section 4.3.2.3).</summary>
    public const int MaxIPv4Bytes = 576;

    /// <summary>Longest IPv6 error: the least MTU (RFC 4443 section 2.4 c).</summary>
    public const int MaxIPv6Bytes = 1280;

    /// <summary>Class selector 6, internetwork control: errors go ahead of what caused them (RFC 1812 section 4.3.2.5).</summary>
    private const byte InternetworkControl = 48;

    /// <summary>Whether an error may be sent about a packet: it is whole at its head, comes from one machine, is for one, is no error itself, and is no fragment but the first.</summary>
    /// <param name="packet">The packet from its IP header on.</param>
    public static bool MayAnswer(ReadOnlySpan<byte> packet)
    {
        if (IPv4View.TryParse(packet, out IPv4View v4))
        {
            return IsOneHost(v4.Source) && IsOneHost(v4.Destination) && v4.FragmentOffsetBytes == 0
                && !(v4.Protocol == IpProtocol.Icmp && (!IcmpView.TryParse(v4.Payload, out IcmpView icmp) || icmp.IsError));
        }

        if (!IPv6View.TryParse(packet, out IPv6View v6) || !IsOneHost(v6.Source) || v6.Destination.IsMulticast)
        {
            return false;
        }

        IPv6ExtensionWalk walk = v6.WalkExtensions();
        return walk.Error == LayoutError.None && !walk.IsLaterFragment
            && !(walk.Protocol == IpProtocol.IcmpV6 && (!IcmpV6View.TryParse(v6.Payload[walk.Length..], out IcmpV6View icmp6) || icmp6.IsError || icmp6.Type == IcmpV6Type.Redirect));
    }

    /// <summary>Writes an error about an IPv4 packet that <see cref="MayAnswer"/>.</summary>
    /// <param name="packet">The packet from its IP header on.</param>
    /// <param name="source">Who sends the error.</param>
    /// <param name="type">Type of the error.</param>
    /// <param name="code">Code.</param>
    /// <param name="rest">Second word of the ICMP header: the next-hop MTU of "fragmentation needed" (RFC 1191 section 4), otherwise 0.</param>
    /// <param name="destination">At least <see cref="MaxIPv4Bytes"/>.</param>
    /// <returns>Octets of the error from its IP header on; 0 if <paramref name="packet"/> is no IPv4 packet.</returns>
    public static int Write(ReadOnlySpan<byte> packet, IPv4Address source, IcmpType type, byte code, uint rest, Span<byte> destination)
    {
        if (!IPv4View.TryParse(packet, out IPv4View view))
        {
            return 0;
        }

        int quoted = Math.Min(Math.Min(packet.Length, view.TotalLength), MaxIPv4Bytes - IPv4Header.MinLength - IcmpHeader.Length);
        Span<byte> message = destination.Slice(IPv4Header.MinLength, IcmpHeader.Length + quoted);
        packet[..quoted].CopyTo(message[IcmpHeader.Length..]);
        _ = new IPv4Header { Dscp = InternetworkControl, PayloadLength = message.Length, Protocol = IpProtocol.Icmp, Source = source, Destination = view.Source }.Write(destination);
        _ = new IcmpHeader(type, code, rest).Write(message);
        return IPv4Header.MinLength + message.Length;
    }

    /// <summary>Writes an error about an IPv6 packet that <see cref="MayAnswer"/>.</summary>
    /// <param name="packet">The packet from its IP header on.</param>
    /// <param name="source">Who sends the error.</param>
    /// <param name="type">Type of the error.</param>
    /// <param name="code">Code.</param>
    /// <param name="rest">Second word of the ICMP header: the MTU of "packet too big" (RFC 4443 section 3.2), otherwise 0.</param>
    /// <param name="destination">At least <see cref="MaxIPv6Bytes"/>.</param>
    /// <returns>Octets of the error from its IP header on; 0 if <paramref name="packet"/> is no IPv6 packet.</returns>
    public static int Write(ReadOnlySpan<byte> packet, IPv6Address source, IcmpV6Type type, byte code, uint rest, Span<byte> destination)
    {
        if (!IPv6View.TryParse(packet, out IPv6View view))
        {
            return 0;
        }

        int quoted = Math.Min(Math.Min(packet.Length, IPv6Header.Length + view.PayloadLength), MaxIPv6Bytes - IPv6Header.Length - IcmpV6Header.Length);
        Span<byte> message = destination.Slice(IPv6Header.Length, IcmpV6Header.Length + quoted);
        packet[..quoted].CopyTo(message[IcmpV6Header.Length..]);
        _ = new IPv6Header { Dscp = InternetworkControl, PayloadLength = message.Length, NextHeader = IpProtocol.IcmpV6, HopLimit = 64, Source = source, Destination = view.Source }.Write(destination);
        _ = new IcmpV6Header(type, code, rest).Write(message, InternetChecksum.PseudoHeader(source, view.Source, IpProtocol.IcmpV6, message.Length));
        return IPv6Header.Length + message.Length;
    }

    private static bool IsOneHost(IPv4Address address) => address.Value >> 24 is not (0 or 127) && address.Value >> 28 < 0xE;

    private static bool IsOneHost(IPv6Address address) => !address.IsMulticast && !(address.High == 0 && address.Low <= 1);
}
