using System.Text;
using Weft.Bridge;
using Weft.Encap;
using Weft.Flows;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath.Routing;

/// <summary>
/// Relays DHCP of segments to servers behind routers, at the first worker. Clients' messages are overheard, not taken: whoever else is in the segment
/// gets them as well.
/// </summary>
internal sealed class DhcpRelays
{
    private const byte HopLimit = 64;
    private const int MaxInformation = 64;

    private readonly Routers _routers;
    private readonly RouterOutput _output;
    private readonly AccessGuard? _guard;
    private readonly Relay?[] _relays;
    private readonly byte[] _packet = new byte[IPv6Header.Length + UdpHeader.Length + DhcpRelay.MaxMessageBytes];

    public DhcpRelays(Routers routers, RouterOutput output, AccessGuard? guard, Timestamp start)
    {
        (_routers, _output, _guard) = (routers, output, guard);
        _relays = [.. routers.Interfaces.Select((at, number) => at.Plan.DhcpRelay is DhcpRelayPlan plan ? new Relay(routers, number, plan, start) : null)];
    }

    /// <summary>Whether any interface relays.</summary>
    public static bool IsNeeded(SwitchPlan plan) => plan.Routers.Any(router => router.Interfaces.Any(at => at.DhcpRelay is not null));

    /// <summary>True for a message that clients send to whoever serves.</summary>
    public static bool IsRequest(ReadOnlySpan<byte> frame, in PacketLayout layout) =>
        layout.Protocol == IpProtocol.Udp && layout.HasL4 && UdpView.TryParse(frame[layout.L4Offset..layout.EndOffset], out UdpView udp)
        && udp.DestinationPort == (layout.IsIPv4 ? DhcpRelay.ServerPort : DhcpRelay.ServerPort6);

    /// <summary>Relays a message that a port of a segment brought.</summary>
    public void Overhear(PacketVector vector, ushort slot, int segment)
    {
        ref PacketContext context = ref vector[slot];
        if (!IsRequest(vector.Bytes(slot), context.Layout) || context.Layout.IsFragment)
        {
            return;
        }

        foreach (int number in _routers.InterfacesOf(segment))
        {
            if (_relays[number] is Relay relay)
            {
                Forward(vector, slot, number, relay);
            }
        }
    }

    /// <summary>Takes a message that a server sent to an address of the router.</summary>
    /// <returns>False if it is none, or for no relay.</returns>
    public bool TryReturn(PacketVector vector, ushort slot, LocalAddress local)
    {
        ref PacketContext context = ref vector[slot];
        if (!IsRequest(vector.Bytes(slot), context.Layout) || context.Layout.IsFragment)
        {
            return false;
        }

        int router = _routers.Interfaces[local.Interface].Router;
        for (int number = 0; number < _relays.Length; number++)
        {
            if (_relays[number] is Relay relay && _routers.Interfaces[number].Router == router && TryReturn(vector, slot, number, relay))
            {
                vector.Trace?.Consume(StageId.Route, "an answer of a DHCP server, relayed");
                vector.Consume(slot);
                return true;
            }
        }

        return false;
    }

    /// <summary>What the relays did.</summary>
    public IEnumerable<DhcpRelaySnapshot> Capture()
    {
        for (int number = 0; number < _relays.Length; number++)
        {
            if (_relays[number] is Relay relay)
            {
                RouterInterface at = _routers.Interfaces[number];
                yield return new DhcpRelaySnapshot(_routers.Plan.Routers[at.Router].Name, at.Segment.Name, [.. relay.Plan.Servers.Select(server => server.ToString())], relay.Requests, relay.Replies, relay.Refused, relay.Unroutable);
            }
        }
    }

    /// <summary>Adds what relays of the same router and segment counted under another configuration.</summary>
    public void CarryOver(DhcpRelays old)
    {
        for (int number = 0; number < _relays.Length; number++)
        {
            int before = Array.FindIndex(old._routers.Interfaces, at => old._routers.NameOf(Array.IndexOf(old._routers.Interfaces, at)) == _routers.NameOf(number));
            if (before >= 0 && old._relays[before] is Relay earlier)
            {
                _relays[number]?.Add(earlier);
            }
        }
    }

    private void Forward(PacketVector vector, ushort slot, int number, Relay relay)
    {
        ref PacketContext context = ref vector[slot];
        ReadOnlySpan<byte> frame = vector.Bytes(slot);
        bool isIPv4 = context.Layout.IsIPv4;
        if (!relay.Serves(isIPv4))
        {
            return;
        }

        _ = UdpView.TryParse(frame[context.Layout.L4Offset..context.Layout.EndOffset], out UdpView udp);
        int head = (isIPv4 ? IPv4Header.MinLength : IPv6Header.Length) + UdpHeader.Length;
        int length = 0;
        if (!relay.Pace.TryTake(vector.Now, 1))
        {
            relay.Refused++;
            vector.Trace?.Note(StageId.Route, $"more DHCP than {_routers.NameOf(number)} may relay");
            return;
        }

        DhcpRelayVerdict verdict = isIPv4 ? relay.Engine.Forward(udp.Payload, relay.Circuits[context.Ingress], relay.Remote, _packet.AsSpan(head), out length)
            : relay.Engine.Forward6(udp.Payload, RouterPackets.SourceOf(frame[context.Layout.L3Offset..]).V6, _packet.AsSpan(head), out length);
        if (verdict != DhcpRelayVerdict.Relayed)
        {
            relay.Refused++;
            vector.Trace?.Note(StageId.Route, $"DHCP is not relayed by {_routers.NameOf(number)}: {EnumWords<DhcpRelayVerdict>.Of(verdict)}");
            return;
        }

        relay.Requests++;
        foreach (TunnelAddress server in relay.Servers)
        {
            if (server.IsIPv6 != isIPv4)
            {
                ToServer(vector, slot, number, relay, server, head, length);
            }
        }
    }

    private void ToServer(PacketVector vector, ushort slot, int number, Relay relay, TunnelAddress server, int head, int length)
    {
        ref PacketContext context = ref vector[slot];
        VtepAddress to = Stages.VtepOptionsFactory.AddressOf(server);
        if (_routers.WayTo(to, number) is not RouteTarget way)
        {
            relay.Unroutable++;
            vector.Trace?.Note(StageId.Route, $"no route to DHCP server {server}");
            return;
        }

        if (server.IsIPv6)
        {
            int speaker = _routers.SpeakerOf(way.Interface, isIPv6: true);
            Write(relay.Options.Address6, server.V6, DhcpRelay.ServerPort6, DhcpRelay.ServerPort6, length, speaker < 0 ? null : _routers.Locals[speaker].Address.V6);
        }
        else
        {
            Write(relay.Options.Address, server.V4, DhcpRelay.ServerPort, DhcpRelay.ServerPort, length);
        }

        if (RouterPackets.TryMake(vector, context.Order, context.Ingress, number, _packet.AsSpan(0, head + length), out ushort made))
        {
            vector.Trace?.Note(StageId.Route, $"DHCP is relayed by {_routers.NameOf(number)} to {server}");
            _output.Send(vector, made, way, to);
        }
    }

    private bool TryReturn(PacketVector vector, ushort slot, int number, Relay relay)
    {
        ref PacketContext context = ref vector[slot];
        ReadOnlySpan<byte> frame = vector.Bytes(slot);
        _ = UdpView.TryParse(frame[context.Layout.L4Offset..context.Layout.EndOffset], out UdpView udp);
        bool isIPv4 = context.Layout.IsIPv4;
        int head = (isIPv4 ? IPv4Header.MinLength : IPv6Header.Length) + UdpHeader.Length;
        int length = 0;
        DhcpReturn to;
        if (isIPv4)
        {
            if (relay.Engine.Return(udp.Payload, _packet.AsSpan(head), out length, out to) != DhcpRelayVerdict.Relayed)
            {
                return false;
            }

            Write(relay.Own, to.Address, DhcpRelay.ServerPort, to.Port, length);
        }
        else
        {
            if (relay.Engine.Return6(udp.Payload, out ReadOnlySpan<byte> inner, out to) != DhcpRelayVerdict.Relayed || inner.Length > DhcpRelay.MaxMessageBytes)
            {
                return false;
            }

            inner.CopyTo(_packet.AsSpan(head));
            length = inner.Length;
            int speaker = RoutingTable.IsLinkLocal(to.Address6) ? _routers.LinkLocalOf(number) : _routers.SpeakerOf(number, isIPv6: true);
            Write(relay.Options.Address6, to.Address6, DhcpRelay.ServerPort6, to.Port, length, speaker < 0 ? null : _routers.Locals[speaker].Address.V6);
        }

        if (!RouterPackets.TryMake(vector, context.Order, context.Ingress, number, _packet.AsSpan(0, head + length), out ushort made))
        {
            return true;
        }

        relay.Replies++;
        if (isIPv4)
        {
            to.Mac.Write(vector.Bytes(made));
            _guard?.Overhear(_routers.Interfaces[number].Segment.Vlan, vector.Bytes(made), vector[made].Layout, vector.Now);
            _output.SendTo(vector, made, number, to.Mac);
        }
        else if (_routers.WayTo(new VtepAddress(to.Address6), number) is RouteTarget way)
        {
            _output.Send(vector, made, way, new VtepAddress(to.Address6));
        }
        else
        {
            relay.Unroutable++;
            vector.Drop(made, DropReason.RouteNone);
        }

        return true;
    }

    private void Write(IPv4Address source, IPv4Address destination, ushort from, ushort to, int length)
    {
        Span<byte> udp = _packet.AsSpan(IPv4Header.MinLength, UdpHeader.Length + length);
        _ = new IPv4Header { Protocol = IpProtocol.Udp, TimeToLive = HopLimit, PayloadLength = udp.Length, Source = source, Destination = destination }.Write(_packet);
        WriteUdp(udp, from, to, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, udp.Length));
    }

    private void Write(IPv6Address own, IPv6Address destination, ushort from, ushort to, int length, IPv6Address? speaker)
    {
        IPv6Address source = speaker ?? own;
        Span<byte> udp = _packet.AsSpan(IPv6Header.Length, UdpHeader.Length + length);
        _ = new IPv6Header { NextHeader = IpProtocol.Udp, HopLimit = HopLimit, PayloadLength = udp.Length, Source = source, Destination = destination }.Write(_packet);
        WriteUdp(udp, from, to, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, udp.Length));
    }

    private static void WriteUdp(Span<byte> udp, ushort from, ushort to, uint pseudoHeader)
    {
        var header = new UdpHeader(from, to, udp.Length - UdpHeader.Length);
        _ = header.Write(udp);
        _ = (header with { Checksum = InternetChecksum.ComputeUdp(udp, pseudoHeader) }).Write(udp);
    }

    /// <summary>The relay of one interface.</summary>
    private sealed class Relay
    {
        public Relay(Routers routers, int number, DhcpRelayPlan plan, Timestamp start)
        {
            RouterInterface at = routers.Interfaces[number];
            TunnelAddress? own4 = at.Plan.Addresses.Where(address => !address.Address.IsIPv6).Select(address => (TunnelAddress?)address.Address).FirstOrDefault();
            TunnelAddress? own6 = at.Plan.Addresses.Where(address => address.Address.IsIPv6 && !RoutingTable.IsLinkLocal(address.Address)).Select(address => (TunnelAddress?)address.Address).FirstOrDefault();
            Plan = plan;
            Own = own4?.V4 ?? default;
            Options = new DhcpRelayOptions
            {
                Address = plan.Source?.V4 ?? Own,
                Link = plan.Source is null || plan.Source.Value.V4 == Own ? null : Own,
                Address6 = own6?.V6 ?? default,
                InterfaceId = at.Segment.Vlan,
                AddsInformation = plan.AddsInformation,
                TrustsRelays = plan.TrustsRelays,
                MaxHops = plan.MaxHops,
            };
            Engine = new DhcpRelay(Options);
            Pace = new TokenBucket(plan.PerSecond, plan.PerSecond, start);
            Circuits = [.. routers.Plan.Ports.Select(port => Text($"{at.Segment.Name}/{port.Name}"))];
            Remote = Text(routers.Plan.Routers[at.Router].Name);
            Servers = [.. plan.Servers];
            _has = (own4 is not null && plan.Servers.Any(server => !server.IsIPv6), own6 is not null && plan.Servers.Any(server => server.IsIPv6));
        }

        private readonly (bool V4, bool V6) _has;

        public DhcpRelayPlan Plan { get; }

        public DhcpRelayOptions Options { get; }

        public DhcpRelay Engine { get; }

        /// <summary>The interface's own IPv4 address, which clients see as the server's.</summary>
        public IPv4Address Own { get; }

        public byte[][] Circuits { get; }

        public byte[] Remote { get; }

        public TunnelAddress[] Servers { get; }

        public TokenBucket Pace;
        public long Requests, Replies, Refused, Unroutable;

        public bool Serves(bool isIPv4) => isIPv4 ? _has.V4 : _has.V6;

        public void Add(Relay old) =>
            (Requests, Replies, Refused, Unroutable) = (Requests + old.Requests, Replies + old.Replies, Refused + old.Refused, Unroutable + old.Unroutable);

        private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text.Length <= MaxInformation ? text : text[..MaxInformation]);
    }
}
