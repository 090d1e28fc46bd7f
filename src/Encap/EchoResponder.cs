using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// Answers echo requests to a tunnel endpoint's own address (RFC 792, RFC 4443 section 4.2), so that operators can ping it.
/// The request becomes the reply in place.
/// </summary>
/// <remarks>
/// Only whole requests from a unicast address to the unicast address are answered: no fragments, no broadcast, so that nobody
/// can use the endpoint to multiply traffic. How many are answered is the caller's to limit.
/// </remarks>
public sealed class EchoResponder
{
    private readonly VtepAddress _address;
    private readonly MacAddress _mac;

    /// <summary>Creates a responder.</summary>
    /// <param name="address">Own address on the underlay, a unicast address.</param>
    /// <param name="mac">Own MAC address, an individual address.</param>
    /// <exception cref="ArgumentException">One is not.</exception>
    public EchoResponder(VtepAddress address, MacAddress mac)
    {
        if (!address.IsUnicast)
        {
            throw new ArgumentException($"The address is {address}; it must be a unicast address.", nameof(address));
        }

        if (!mac.IsValidSource)
        {
            throw new ArgumentException($"The MAC address is {mac}; it must be an individual address other than zero.", nameof(mac));
        }

        (_address, _mac) = (address, mac);
    }

    /// <summary>Requests answered so far.</summary>
    public long Answered { get; private set; }

    /// <summary>Turns an echo request to the own address into its reply.</summary>
    /// <param name="frame">The frame from its Ethernet header on; rewritten if true is returned.</param>
    /// <param name="layout">Its layout; still right afterwards.</param>
    /// <returns>False, and nothing is changed, if the frame is no such request or is damaged.</returns>
    public bool TryAnswer(Span<byte> frame, in PacketLayout layout)
    {
        bool mayBe = layout is { HasL4: true, IsFragment: false, Error: LayoutError.None, VlanId: 0 } && MacAddress.Read(frame) == _mac;
        if (!mayBe || !(_address.IsIPv4 ? TryAnswerIPv4(frame, layout) : TryAnswerIPv6(frame, layout)))
        {
            return false;
        }

        MacAddress.Read(frame[MacAddress.Length..]).Write(frame);
        _mac.Write(frame[MacAddress.Length..]);
        Answered++;
        return true;
    }

    private bool TryAnswerIPv4(Span<byte> frame, in PacketLayout layout)
    {
        Span<byte> icmp = frame[layout.L4Offset..layout.EndOffset];
        if (layout.Protocol != IpProtocol.Icmp || !IPv4View.TryParse(frame[layout.L3Offset..layout.EndOffset], out IPv4View ip) || !ip.IsChecksumValid
            || ip.HeaderLength != IPv4Header.MinLength || ip.Destination != _address.V4 || !new VtepAddress(ip.Source).IsUnicast
            || !IcmpView.TryParse(icmp, out IcmpView request) || request is not { Type: IcmpType.EchoRequest, Code: 0, IsChecksumValid: true })
        {
            return false;
        }

        var header = new IPv4Header
        {
            Dscp = ip.Dscp,
            Ecn = ip.Ecn,
            DontFragment = true,
            PayloadLength = icmp.Length,
            Protocol = IpProtocol.Icmp,
            Source = _address.V4,
            Destination = ip.Source,
        };
        IcmpHeader reply = IcmpHeader.Echo(reply: true, request.Identifier, request.SequenceNumber);
        _ = header.Write(frame[layout.L3Offset..]);
        _ = reply.Write(icmp);
        return true;
    }

    private bool TryAnswerIPv6(Span<byte> frame, in PacketLayout layout)
    {
        Span<byte> icmp = frame[layout.L4Offset..layout.EndOffset];
        if (layout.Protocol != IpProtocol.IcmpV6 || layout.L4Offset != layout.L3Offset + IPv6Header.Length
            || !IPv6View.TryParse(frame[layout.L3Offset..layout.EndOffset], out IPv6View ip)
            || ip.Destination != _address.V6 || !new VtepAddress(ip.Source).IsUnicast
            || !IcmpV6View.TryParse(icmp, out IcmpV6View request) || request is not { Type: IcmpV6Type.EchoRequest, Code: 0 })
        {
            return false;
        }

        uint pseudoHeader = InternetChecksum.PseudoHeader(ip.Source, ip.Destination, IpProtocol.IcmpV6, icmp.Length);
        if (!request.IsChecksumValid(pseudoHeader))
        {
            return false;
        }

        var header = new IPv6Header
        {
            Dscp = ip.Dscp,
            Ecn = ip.Ecn,
            PayloadLength = icmp.Length,
            NextHeader = IpProtocol.IcmpV6,
            Source = _address.V6,
            Destination = ip.Source,
        };
        IcmpV6Header reply = IcmpV6Header.Echo(reply: true, request.Identifier, request.SequenceNumber);
        _ = header.Write(frame[layout.L3Offset..]);
        _ = reply.Write(icmp, pseudoHeader); // The same sum: source and destination only change places.
        return true;
    }
}
