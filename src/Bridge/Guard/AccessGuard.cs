using System.Buffers.Binary;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// Lets machines use the addresses that are theirs: learns from DHCP who was given what (RFC 2131, RFC 8415), and holds IP sources, ARP and
/// neighbour advertisements of guarded ports against it. Servers and routers pass from trusted places only (RFC 7513, RFC 6105).
/// </summary>
/// <remarks>One instance a switch, no locks. Nothing is allocated after construction. A guarded packet costs one lookup.</remarks>
public sealed class AccessGuard : IDisposable
{
    private const int EtherTypeOffset = 2 * MacAddress.Length;
    private const int UdpHeaderLength = 8;
    private const int TargetOffset = 8;

    /// <summary>RFC 791 section 3.1, RFC 8200 section 3.</summary>
    private const int IPv4SourceOffset = 12, IPv6SourceOffset = 8;

    private readonly GuardPortOptions[] _ports;
    private readonly TokenBucket[] _dhcp;
    private readonly GuardTable _table;

    /// <summary>Creates a guard and all the memory it will ever use.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public AccessGuard(AccessGuardOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _ports = [.. options.Ports];
        _dhcp = [.. _ports.Select(port => new TokenBucket(port.DhcpPerSecond, port.DhcpPerSecond, options.Start))];
        _table = new GuardTable(options);
        for (int port = 0; port < _ports.Length; port++)
        {
            foreach (ushort vlan in options.VlansOfPorts[port])
            {
                foreach (IPv4Address address in _ports[port].Addresses4)
                {
                    _table.Bind(AddressKey.Of(vlan, address), port, MacAddress.Zero, Timestamp.MaxValue, isStatic: true);
                }

                foreach (IPv6Address address in _ports[port].Addresses6)
                {
                    _table.Bind(AddressKey.Of(vlan, address), port, MacAddress.Zero, Timestamp.MaxValue, isStatic: true);
                }
            }
        }
    }

    /// <summary>Bindings, those included whose lease ended lately.</summary>
    public int Count => _table.Count;

    /// <summary>What happened so far.</summary>
    public GuardCounters Counters => _table.Counters;

    /// <summary>Judges a frame that a port received.</summary>
    /// <param name="port">Number of the port.</param>
    /// <param name="frame">The frame from its Ethernet header on.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="now">The time.</param>
    public GuardVerdict Check(int port, ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        GuardPortOptions of = _ports[port];
        if (frame.Length < EtherTypeOffset + sizeof(ushort))
        {
            return GuardVerdict.Pass;
        }

        ushort vlan = FrameVlan.Of(frame, layout, of.Pvid);
        if (!of.Snoops)
        {
            Overhear(vlan, frame, layout, now);
        }

        MacAddress source = MacAddress.Read(frame[MacAddress.Length..]);
        GuardVerdict verdict = of.Snoops ? CheckServices(port, vlan, source, frame, layout, now) : GuardVerdict.Pass;
        return verdict == GuardVerdict.Pass && of.ChecksSources ? CheckSource(port, vlan, source, frame, layout, now) : verdict;
    }

    /// <summary>Learns from a frame out of a trusted place, such as a tunnel, what servers give to clients.</summary>
    public void Overhear(ushort vlan, ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        if (!TryUdp(frame, layout, out ushort from, out _, out ReadOnlySpan<byte> payload))
        {
            return;
        }

        if (layout.IsIPv4 && from == DhcpMessage.ServerPort && DhcpMessage.TryParse(payload, out DhcpMessage message) && message is { Type: DhcpMessage.Ack, Lease: uint lease }
            && message.YourAddress != IPv4Address.Any && _table.PortOfClient(vlan, message.Client, now) is >= 0 and int port)
        {
            _table.Bind(AddressKey.Of(vlan, message.YourAddress), port, message.Client, ExpiryOf(lease, now), isStatic: false);
        }
        else if (layout.IsIPv6 && from == Dhcp6Reply.ServerPort && Dhcp6Reply.TryParse(payload, out Dhcp6Reply reply))
        {
            MacAddress client = MacAddress.Read(frame);
            int behind = _table.PortOfClient(vlan, client, now);
            while (behind >= 0 && reply.MoveNext(out IPv6Address address, out uint valid))
            {
                _table.Bind(AddressKey.Of(vlan, address), behind, client, ExpiryOf(valid, now), isStatic: false);
            }
        }
    }

    /// <summary>Forgets leases that ended; call it once a burst. Work is bounded.</summary>
    public void Advance(Timestamp now) => _table.Advance(now);

    /// <summary>All bindings that count at the moment. Allocates.</summary>
    public IReadOnlyList<GuardBinding> ToList(Timestamp now) => _table.ToList(now);

    /// <summary>Takes a binding over that another guard knew.</summary>
    public void Restore(in GuardBinding binding) =>
        _table.Bind(new AddressKey(binding.Address.High, binding.Address.Low, binding.Vlan), binding.Port, binding.Mac, binding.Expires, isStatic: false);

    /// <summary>Frees the tables' memory. The guard must not be used afterwards.</summary>
    public void Dispose() => _table.Dispose();

    private GuardVerdict CheckServices(int port, ushort vlan, MacAddress source, ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        if (layout.IsIPv6 && layout.HasL4 && layout.Protocol == IpProtocol.IcmpV6 && frame[layout.L4Offset] == (byte)IcmpV6Type.RouterAdvertisement)
        {
            return GuardVerdict.Router;
        }

        if (!TryUdp(frame, layout, out ushort from, out ushort to, out ReadOnlySpan<byte> payload))
        {
            return GuardVerdict.Pass;
        }

        if (layout.IsIPv4 ? from == DhcpMessage.ServerPort || to == DhcpMessage.ClientPort : from == Dhcp6Reply.ServerPort || to == Dhcp6Reply.ClientPort)
        {
            return GuardVerdict.DhcpServer;
        }

        if (layout.IsIPv4 ? to != DhcpMessage.ServerPort : to != Dhcp6Reply.ServerPort)
        {
            return GuardVerdict.Pass;
        }

        if (!_dhcp[port].TryTake(now, 1))
        {
            return GuardVerdict.DhcpRate;
        }

        if (layout.IsIPv4 && !TryTakeClient(port, vlan, source, payload, now))
        {
            return GuardVerdict.DhcpClient;
        }

        _table.NoteClient(vlan, source, port, now);
        return GuardVerdict.Pass;
    }

    /// <summary>A client speaks for itself, and not through a relay that nobody trusts (RFC 3046 section 2.1).</summary>
    private bool TryTakeClient(int port, ushort vlan, MacAddress source, ReadOnlySpan<byte> payload, Timestamp now)
    {
        bool valid = DhcpMessage.TryParse(payload, out DhcpMessage message)
            && message.Operation == DhcpMessage.Request && message.Client == source && message.Relay == IPv4Address.Any && !message.HasRelayInformation;
        if (valid && message.Type == DhcpMessage.Release)
        {
            _table.Release(AddressKey.Of(vlan, message.ClientAddress), port, source, now);
        }

        return valid;
    }

    private GuardVerdict CheckSource(int port, ushort vlan, MacAddress source, ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        if (layout.EtherType == EtherType.Arp)
        {
            return ArpView.TryParse(frame[layout.L3Offset..], out ArpView arp)
                && arp.SenderMac == source
                && (arp.SenderAddress == IPv4Address.Any || _table.Allows(AddressKey.Of(vlan, arp.SenderAddress), port, source, now))
                    ? GuardVerdict.Pass : GuardVerdict.Neighbor;
        }

        if (layout.IsIPv4)
        {
            IPv4Address from = IPv4Address.Read(frame[(layout.L3Offset + IPv4SourceOffset)..]);
            return _table.Allows(AddressKey.Of(vlan, from), port, source, now) || (from == IPv4Address.Any && IsDhcpClient(frame, layout)) ? GuardVerdict.Pass : GuardVerdict.Source;
        }

        return layout.IsIPv6 ? CheckSource6(port, vlan, source, frame, layout, now)
            : layout.EtherType is EtherType.IPv4 or EtherType.IPv6 ? GuardVerdict.Source
            : GuardVerdict.Pass;
    }

    private GuardVerdict CheckSource6(int port, ushort vlan, MacAddress source, ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        IPv6Address from = IPv6Address.Read(frame[(layout.L3Offset + IPv6SourceOffset)..]);
        // Link-local addresses are nobody's to give out, and without one or with :: no machine could ask for another (RFC 4862 section 5.4).
        if (!from.IsLinkLocal && from != IPv6Address.Any && !_table.Allows(AddressKey.Of(vlan, from), port, source, now))
        {
            return GuardVerdict.Source;
        }

        bool advertises = layout.HasL4 && layout.Protocol == IpProtocol.IcmpV6 && frame[layout.L4Offset] == (byte)IcmpV6Type.NeighborAdvertisement;
        if (!advertises || layout.EndOffset < layout.L4Offset + TargetOffset + 16)
        {
            return GuardVerdict.Pass;
        }

        IPv6Address claimed = IPv6Address.Read(frame[(layout.L4Offset + TargetOffset)..]);
        return claimed.IsLinkLocal ? claimed == from ? GuardVerdict.Pass : GuardVerdict.Neighbor
            : _table.Allows(AddressKey.Of(vlan, claimed), port, source, now) ? GuardVerdict.Pass : GuardVerdict.Neighbor;
    }

    private static bool IsDhcpClient(ReadOnlySpan<byte> frame, in PacketLayout layout) =>
        TryUdp(frame, layout, out ushort from, out ushort to, out _) && (from, to) == (DhcpMessage.ClientPort, DhcpMessage.ServerPort);

    private static bool TryUdp(ReadOnlySpan<byte> frame, in PacketLayout layout, out ushort from, out ushort to, out ReadOnlySpan<byte> payload)
    {
        (from, to) = (0, 0);
        payload = default;
        if (!layout.HasL4 || layout.Protocol != IpProtocol.Udp || layout.EndOffset < layout.L4Offset + UdpHeaderLength)
        {
            return false;
        }

        ReadOnlySpan<byte> udp = frame[layout.L4Offset..layout.EndOffset];
        (from, to) = (BinaryPrimitives.ReadUInt16BigEndian(udp), BinaryPrimitives.ReadUInt16BigEndian(udp[2..]));
        payload = udp[UdpHeaderLength..];
        return true;
    }

    private static Timestamp ExpiryOf(uint seconds, Timestamp now) => seconds == DhcpMessage.Forever ? Timestamp.MaxValue : now + TimeSpan.FromSeconds(seconds);
}
