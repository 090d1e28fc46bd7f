using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// The probes that a <see cref="PathMtuTable"/> asks for, as ICMP echo requests of the wanted length that no router may fragment (RFC 8899
/// section 6.1 names such a method), and their answers. Every host answers them, <see cref="EchoResponder"/> among others.
/// </summary>
/// <remarks>
/// A probe carries a keyed hash of what it asks, which the answer brings back: nobody off the path can invent one, and nothing has to
/// be remembered here. An answer as long as its request has passed the way back, too, so a path counts as large as the narrower of both.
/// </remarks>
public sealed class PathProber
{
    /// <summary>Bytes of an echo request's body that say what was asked: path, token, hash.</summary>
    private const int ProofBytes = sizeof(uint) + sizeof(uint) + sizeof(ulong);
    private const int TokenOffset = sizeof(uint);
    private const int HashOffset = TokenOffset + sizeof(uint);

    /// <summary>Identifier of all our requests; what they ask is in the body.</summary>
    private const ushort Identifier = 0x5745;

    private readonly VtepAddress _address;
    private readonly MacAddress _mac;
    private readonly KeyedHash _hash;

    /// <summary>Creates a prober for one local endpoint.</summary>
    /// <param name="address">Own address, a unicast address.</param>
    /// <param name="mac">Own MAC address.</param>
    /// <param name="seed">Secret of the hash; use it for nothing else, its results are visible.</param>
    /// <exception cref="ArgumentException">The address is no unicast address, or the MAC address no individual one.</exception>
    public PathProber(VtepAddress address, MacAddress mac, HashSeed seed)
    {
        if (!address.IsUnicast || !mac.IsValidSource)
        {
            throw new ArgumentException($"The endpoint is {address} at {mac}; both must be addresses of one machine.");
        }

        (_address, _mac, _hash) = (address, mac, new KeyedHash(seed));
    }

    /// <summary>Bytes of the frame of a probe.</summary>
    public static int FrameBytes(in PathMtuEvent probe) => EthernetHeader.UntaggedLength + probe.Bytes;

    /// <summary>Writes a probe.</summary>
    /// <param name="remote">Where the path leads, of the endpoint's family.</param>
    /// <param name="nextHop">MAC address of the next hop.</param>
    /// <param name="probe">What to ask.</param>
    /// <param name="frame">Exactly <see cref="FrameBytes"/> bytes.</param>
    /// <exception cref="ArgumentException">The frame has another length or the address another family, or the event is no probe.</exception>
    public void Write(VtepAddress remote, MacAddress nextHop, in PathMtuEvent probe, Span<byte> frame)
    {
        if (!probe.IsProbe || remote.IsIPv4 != _address.IsIPv4 || frame.Length != FrameBytes(probe))
        {
            throw new ArgumentException($"{probe} to {remote} in {frame.Length} bytes; a probe goes to the family of {_address} and takes {FrameBytes(probe)}.", nameof(probe));
        }

        _ = new EthernetHeader { Destination = nextHop, Source = _mac, EtherType = _address.IsIPv4 ? EtherType.IPv4 : EtherType.IPv6 }.Write(frame);
        Span<byte> ip = frame[EthernetHeader.UntaggedLength..];
        int ipLength = _address.IsIPv4 ? IPv4Header.MinLength : IPv6Header.Length;
        Span<byte> icmp = ip[ipLength..];
        Span<byte> body = icmp[IcmpHeader.Length..];
        BinaryPrimitives.WriteUInt32BigEndian(body, (uint)probe.Path);
        BinaryPrimitives.WriteUInt32BigEndian(body[TokenOffset..], probe.Token);
        BinaryPrimitives.WriteUInt64BigEndian(body[HashOffset..], Proof(remote, probe.Path, probe.Token));
        body[ProofBytes..].Clear();
        if (_address.IsIPv4)
        {
            _ = new IPv4Header { DontFragment = true, PayloadLength = icmp.Length, Protocol = IpProtocol.Icmp, TimeToLive = 64, Source = _address.V4, Destination = remote.V4 }.Write(ip);
            _ = IcmpHeader.Echo(reply: false, Identifier, (ushort)probe.Token).Write(icmp);
            return;
        }

        _ = new IPv6Header { PayloadLength = icmp.Length, NextHeader = IpProtocol.IcmpV6, HopLimit = 64, Source = _address.V6, Destination = remote.V6 }.Write(ip);
        uint pseudoHeader = InternetChecksum.PseudoHeader(_address.V6, remote.V6, IpProtocol.IcmpV6, icmp.Length);
        _ = IcmpV6Header.Echo(reply: false, Identifier, (ushort)probe.Token).Write(icmp, pseudoHeader);
    }

    /// <summary>Reads an answer.</summary>
    /// <param name="frame">A frame from the underlay, from its Ethernet header on.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="remote">Who answered.</param>
    /// <param name="path">The path that was asked about; it led to <paramref name="remote"/> then.</param>
    /// <param name="token">The probe that is answered.</param>
    /// <returns>False if it is no intact answer to a probe that was written here for the path to its sender.</returns>
    public bool TryReadAnswer(ReadOnlySpan<byte> frame, in PacketLayout layout, out VtepAddress remote, out int path, out uint token)
    {
        (remote, path, token) = (default, 0, 0);
        if (layout is not { HasL4: true, IsFragment: false, Error: LayoutError.None, VlanId: 0 }
            || MacAddress.Read(frame) != _mac
            || !(_address.IsIPv4 ? TryReadIPv4(frame, layout, out remote, out ReadOnlySpan<byte> body) : TryReadIPv6(frame, layout, out remote, out body))
            || body.Length < ProofBytes)
        {
            return false;
        }

        (path, token) = ((int)BinaryPrimitives.ReadUInt32BigEndian(body), BinaryPrimitives.ReadUInt32BigEndian(body[TokenOffset..]));
        return BinaryPrimitives.ReadUInt64BigEndian(body[HashOffset..]) == Proof(remote, path, token);
    }

    private bool TryReadIPv4(ReadOnlySpan<byte> frame, in PacketLayout layout, out VtepAddress source, out ReadOnlySpan<byte> body)
    {
        source = default;
        body = default;
        if (layout.Protocol != IpProtocol.Icmp
            || !IPv4View.TryParse(frame[layout.L3Offset..], out IPv4View ip) || ip.Destination != _address.V4 || !ip.IsChecksumValid
            || !IcmpView.TryParse(frame[layout.L4Offset..layout.EndOffset], out IcmpView icmp)
            || icmp is not { Type: IcmpType.EchoReply, Code: 0, Identifier: Identifier, IsChecksumValid: true })
        {
            return false;
        }

        source = new VtepAddress(ip.Source);
        body = icmp.Body;
        return true;
    }

    private bool TryReadIPv6(ReadOnlySpan<byte> frame, in PacketLayout layout, out VtepAddress source, out ReadOnlySpan<byte> body)
    {
        source = default;
        body = default;
        if (layout.Protocol != IpProtocol.IcmpV6
            || !IPv6View.TryParse(frame[layout.L3Offset..], out IPv6View ip) || ip.Destination != _address.V6
            || !IcmpV6View.TryParse(frame[layout.L4Offset..layout.EndOffset], out IcmpV6View icmp)
            || icmp is not { Type: IcmpV6Type.EchoReply, Code: 0, Identifier: Identifier }
            || !icmp.IsChecksumValid(InternetChecksum.PseudoHeader(ip.Source, ip.Destination, IpProtocol.IcmpV6, layout.EndOffset - layout.L4Offset)))
        {
            return false;
        }

        source = new VtepAddress(ip.Source);
        body = icmp.Body;
        return true;
    }

    private ulong Proof(VtepAddress remote, int path, uint token) => _hash.Hash(_hash.Hash(remote) ^ (((ulong)(uint)path << 32) | token));
}
