using System.Buffers.Binary;
using Weft.Bfd;
using Weft.Encap;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Presence;
using Weft.Host.Datapath.Routing;
using Weft.Packets;
using Weft.Sase;

namespace Weft.Host.Stages;

/// <summary>
/// On a gateway, puts what tenants' sites send into tunnels and takes back what nodes send; on a node, is the tenants' router. What leaves a
/// tunnel goes to a router again, what enters one straight to its next hop.
/// </summary>
internal sealed class SaseStage(SasePoint? presence, Routers routers, RouterOutput output) : IGraphStage
{
    private const byte NetworkControl = 48;
    private const int PacketsPerTurn = 4;

    private readonly byte[] _message = new byte[IPv4Header.MinLength + UdpHeader.Length + 1400];
    private readonly byte[] _scratch = new byte[ushort.MaxValue];
    private readonly byte[] _frame = new byte[BfdPath.MaxFrameLength];

    public StageId Id => StageId.Sase;

    /// <summary>The graph has a stage only if there is a point of presence.</summary>
    private SasePoint Point => presence!;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        if (Point.Services is TenantServices services)
        {
            services.Explains = vector.Trace is not null;
        }

        for (int at = 0; at < slots.Length;)
        {
            Way way = WayOf(vector, slots[at]);
            int end = at + 1;
            while (way != Way.Alone && end < slots.Length && WayOf(vector, slots[end]) == way)
            {
                end++;
            }

            var burst = new Burst(this, vector, slots[at..end]);
            switch (way)
            {
                case Way.OutOfTunnel:
                    Point.Node!.FromTunnel(ref burst, vector.Now);
                    break;
                case Way.FromInternet:
                    Point.Node!.FromUplink(ref burst, vector.Now);
                    break;
                default:
                    Take(vector, slots[at]);
                    break;
            }

            at = end;
        }
    }

    /// <summary>Does what is due, and sends what came of it.</summary>
    public void Advance(PacketVector vector)
    {
        Point.Advance(vector.Now);
        Flush(vector, order: 0, IngressOf());
        TakeCommitted(vector, order: 0, IngressOf());
        foreach (MemberWatch member in Point.Members)
        {
            for (int i = 0; i < PacketsPerTurn && member.Session.TryPoll(vector.Now, out BfdControlPacket packet); i++)
            {
                int length = member.Path.Write(_frame, packet);
                SendOwn(vector, order: 0, IngressOf(), _frame.AsSpan(RouterPackets.EthernetLength, length - RouterPackets.EthernetLength), member.Address);
            }

            Point.Report(member, vector.Now);
        }

        if (Point.UplinkInterface >= 0)
        {
            Point.Claim(vector, output);
        }
    }

    private ushort IngressOf() => (ushort)routers.Interfaces[Point.Interface].Port;

    /// <summary>The way that a packet goes, if it can go it with others.</summary>
    private Way WayOf(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        return Point.Node is null || (context.Marks & RouteMarks.FromSite) != 0 ? Way.Alone
            : (context.Marks & RouteMarks.FromInternet) != 0 ? Way.FromInternet
            : DestinationPort(vector.Bytes(slot), context.Layout) == Point.Pop.TunnelPort ? Way.OutOfTunnel
            : Way.Alone;
    }

    private static ushort DestinationPort(ReadOnlySpan<byte> frame, in PacketLayout layout) => BinaryPrimitives.ReadUInt16BigEndian(frame[(layout.L4Offset + sizeof(ushort))..]);

    private void Take(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        Span<byte> room = vector.Pool.Room(context.Packet);
        int offset = context.Packet.Offset + context.Layout.L3Offset;
        int length = context.Packet.Length - context.Layout.L3Offset;
        if ((context.Marks & RouteMarks.FromSite) != 0)
        {
            Settle(vector, slot, Point.Gateway!.ToNode(room, offset, length, Point.VniOf(routers.Interfaces[context.Interface].Router)));
        }
        else if ((context.Marks & RouteMarks.FromInternet) != 0)
        {
            Settle(vector, slot, Point.Node!.FromUplink(room, offset, length, vector.Now));
        }
        else if (!TryTakeOwn(vector, slot))
        {
            Settle(vector, slot, Point.Gateway is CloudGateway gateway ? gateway.FromNode(room, offset, length) : Point.Node!.FromTunnel(room, offset, length, vector.Now));
        }
    }

    /// <summary>BFD, and messages of other members.</summary>
    private bool TryTakeOwn(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        ReadOnlySpan<byte> frame = vector.Bytes(slot);
        _ = UdpView.TryParse(frame[context.Layout.L4Offset..context.Layout.EndOffset], out UdpView udp);
        if (udp.DestinationPort == Point.Pop.TunnelPort)
        {
            return false;
        }

        IPv4Address source = RouterPackets.SourceOf(frame[context.Layout.L3Offset..]).V4;
        if (udp.DestinationPort == BfdControlPacket.SingleHopPort)
        {
            if (Point.TryTakeBfd(frame, context.Layout, vector.Now))
            {
                vector.Trace?.Consume(Id, $"BFD of {source}");
                vector.Consume(slot);
                return true;
            }

            vector.Trace?.Note(Id, $"BFD of {source}, who is no member");
            vector.Drop(slot, DropReason.SaseForeignMember);
            return true;
        }

        bool intact = udp.IsChecksumValid(InternetChecksum.PseudoHeader(source, Point.Plan.Address, IpProtocol.Udp, udp.Length));
        MessageVerdict verdict = !intact ? MessageVerdict.Malformed
            : Point.Gateway?.Receive(udp.Payload, source) ?? Point.Node!.Receive(udp.Payload, source, vector.Now);
        vector.Trace?.Consume(Id, $"a message of {source}: {verdict}");
        if (verdict is MessageVerdict.Accepted or MessageVerdict.Stale)
        {
            (ushort order, ushort ingress) = (context.Order, context.Ingress);
            vector.Consume(slot);
            TakeCommitted(vector, order, ingress);
        }
        else
        {
            vector.Drop(slot, verdict == MessageVerdict.UnknownSender ? DropReason.SaseForeignMember : DropReason.SaseTunnelMalformed);
        }

        return true;
    }

    private void Settle(PacketVector vector, ushort slot, in SaseVerdict verdict)
    {
        ref PacketContext context = ref vector[slot];
        (ushort order, ushort ingress) = (context.Order, context.Ingress);
        if (Point.Node is { HasNews: true })
        {
            // The backup hears of a flow before anybody else can.
            Flush(vector, order, ingress);
        }

        Describe(vector, verdict);
        Deliver(vector, slot, verdict);
        if (verdict.Released)
        {
            TakeHeld(vector, order, ingress);
        }
    }

    /// <summary>Does with a packet what the engine says.</summary>
    private void Deliver(PacketVector vector, ushort slot, in SaseVerdict verdict)
    {
        ref PacketContext context = ref vector[slot];
        if (verdict.Drop != SaseDrop.None && verdict.Action != SaseAction.Drop)
        {
            // An ICMP error, or a reset, has taken the packet's place.
            vector.Ledger.Generated++;
            vector.DropCopy(slot, DropReasonOf(verdict.Drop));
        }

        switch (verdict.Action)
        {
            case SaseAction.ToTunnel when TryFrame(vector, slot, verdict):
                SendTo(vector, slot, PacketDestination(vector, slot));
                break;
            case SaseAction.ToTenant when TryFrame(vector, slot, verdict):
                context.Interface = Point.InterfaceOf(verdict.Segment);
                context.Marks = RouteMarks.Translated;
                vector.Forward(slot, StageId.Route);
                break;
            case SaseAction.ToUplink when TryFrame(vector, slot, verdict):
                context.Marks = RouteMarks.Translated;
                vector.Forward(slot, StageId.Route);
                break;
            case SaseAction.Bypass:
                context.Marks = RouteMarks.Bypassed;
                vector.Forward(slot, StageId.Route);
                break;
            case SaseAction.Held:
                vector.Trace?.Consume(Id, "waits, for the first fragment of its datagram or for the backup to know its flow");
                vector.Consume(slot);
                break;
            case SaseAction.Drop:
                Refuse(vector, slot, verdict.Drop);
                break;
            default:
                vector.Drop(slot, DropReason.PoolExhausted);
                break;
        }
    }

    /// <summary>Makes a frame of the packet where it is now; its Ethernet addresses are written when the next hop is known.</summary>
    private static bool TryFrame(PacketVector vector, ushort slot, in SaseVerdict verdict)
    {
        ref PacketContext context = ref vector[slot];
        int start = verdict.Offset - RouterPackets.EthernetLength;
        if (start < 0)
        {
            return false;
        }

        (context.Packet.Offset, context.Packet.Length) = (start, RouterPackets.EthernetLength + verdict.Length);
        _ = new EthernetHeader { EtherType = EtherType.IPv4 }.Write(vector.Bytes(slot));
        return PacketLayout.TryParse(vector.Bytes(slot), out context.Layout);
    }

    private static VtepAddress PacketDestination(PacketVector vector, ushort slot) => RouterPackets.DestinationOf(vector.Bytes(slot)[RouterPackets.EthernetLength..]);

    private void SendTo(PacketVector vector, ushort slot, VtepAddress destination)
    {
        if (routers.WayTo(destination, Point.Interface) is RouteTarget target)
        {
            output.Send(vector, slot, target, destination);
        }
        else
        {
            vector.Trace?.Note(Id, $"no route to {destination}");
            vector.Drop(slot, DropReason.RouteNone);
        }
    }

    private void Refuse(PacketVector vector, ushort slot, SaseDrop reason)
    {
        if (reason == SaseDrop.Mtu && Point.Gateway is CloudGateway gateway)
        {
            ReadOnlySpan<byte> packet = RouterPackets.PacketOf(vector, slot);
            if (IPv4View.TryParse(packet, out IPv4View view) && view.DontFragment)
            {
                output.Errors.Send(vector, slot, RouteError.TooBig, gateway.InnerMtu);
            }
        }

        vector.Drop(slot, DropReasonOf(reason));
    }

    /// <summary>The reason behind what a node says; behind what services say if they refused the packet.</summary>
    private DropReason DropReasonOf(SaseDrop reason) => reason == SaseDrop.Service ? MachineStage.ReasonOf(Point.Services!.Refusal) : ReasonOf(reason);

    /// <summary>Sends what other members have to hear.</summary>
    private void Flush(PacketVector vector, ushort order, ushort ingress)
    {
        Span<byte> payload = _message.AsSpan(IPv4Header.MinLength + UdpHeader.Length);
        IPv4Address to = default;
        int length = 0;
        while (vector.FreeSlots > 1 && vector.Pool.Available > 1
            && (Point.Gateway?.TryTakeMessage(payload, out length, out to) ?? Point.Node!.TryTakeMessage(payload, out length, out to, vector.Now)))
        {
            Span<byte> udp = _message.AsSpan(IPv4Header.MinLength, UdpHeader.Length + length);
            _ = new IPv4Header { Dscp = NetworkControl, DontFragment = true, Protocol = IpProtocol.Udp, PayloadLength = udp.Length, Source = Point.Plan.Address, Destination = to }.Write(_message);
            _ = new UdpHeader(Point.Plan.ControlPort, Point.Plan.ControlPort, length).Write(udp);
            ushort checksum = InternetChecksum.ComputeUdp(udp, InternetChecksum.PseudoHeader(Point.Plan.Address, to, IpProtocol.Udp, udp.Length));
            _ = new UdpHeader(Point.Plan.ControlPort, Point.Plan.ControlPort, length, checksum).Write(udp);
            SendOwn(vector, order, ingress, _message.AsSpan(0, IPv4Header.MinLength + udp.Length), to);
        }
    }

    private void SendOwn(PacketVector vector, ushort order, ushort ingress, ReadOnlySpan<byte> packet, IPv4Address to)
    {
        if (RouterPackets.TryMake(vector, order, ingress, Point.Interface, packet, out ushort made))
        {
            vector[made].IsQuestion = true;
            SendTo(vector, made, new VtepAddress(to));
        }
    }

    /// <summary>Puts fragments into frames that waited and whose first one has come.</summary>
    private void TakeHeld(PacketVector vector, ushort order, ushort ingress)
    {
        while (vector.FreeSlots > 1 && vector.Pool.Available > 1 && Point.Node!.TryTakeHeld(_scratch, out int length, out bool fromUplink))
        {
            if (RouterPackets.TryMake(vector, order, ingress, Point.Interface, _scratch.AsSpan(0, length), out ushort made))
            {
                vector[made].Marks = fromUplink ? RouteMarks.FromInternet : RouteMarks.None;
                Take(vector, made);
            }
        }
    }

    /// <summary>Sends packets whose flow the backup knows by now.</summary>
    private void TakeCommitted(PacketVector vector, ushort order, ushort ingress)
    {
        while (Point.Node is { WaitingPackets: > 0 } node && vector.FreeSlots > 1 && vector.Pool.Available > 1 && node.TryTakeCommitted(_scratch, out SaseVerdict verdict))
        {
            if (RouterPackets.TryMake(vector, order, ingress, Point.Interface, _scratch.AsSpan(0, verdict.Length), out ushort made))
            {
                Deliver(vector, made, verdict with { Offset = vector[made].Packet.Offset + RouterPackets.EthernetLength });
            }
        }
    }

    private void Describe(PacketVector vector, in SaseVerdict verdict)
    {
        if (vector.Trace is null)
        {
            return;
        }

        if (Point.Services?.TakeNote() is string said)
        {
            vector.Trace.Note(Id, $"services of {Point.NameOf(verdict.Segment)}: {said}");
        }

        string tenant = verdict.Segment == 0 ? "" : $"{Point.NameOf(verdict.Segment)} (VNI {verdict.Segment}): ";
        vector.Trace.Note(Id, verdict.Drop == SaseDrop.None
            ? $"{tenant}{verdict.Action switch { SaseAction.ToTunnel => "into the tunnel", SaseAction.ToTenant => "out of the tunnel", SaseAction.ToUplink => "to the uplink, translated", SaseAction.Bypass => "without services", SaseAction.Held => "waits", _ => "done" }}"
            : $"{tenant}refused: {verdict.Drop}");
    }

    /// <summary>The reason behind what the engine says.</summary>
    private static DropReason ReasonOf(SaseDrop reason) => reason switch
    {
        SaseDrop.UnknownVtep or SaseDrop.VtepNotAllowed or SaseDrop.OwnSource or SaseDrop.NotLocalVtep => DropReason.SaseForeignMember,
        SaseDrop.UnknownVni => DropReason.SaseUnknownTenant,
        SaseDrop.NotRouterMac or SaseDrop.InnerMalformed or SaseDrop.InnerAddress => DropReason.SaseInnerMalformed,
        SaseDrop.Congestion => DropReason.SaseCongestion,
        SaseDrop.TtlExpired => DropReason.SaseHopsExceeded,
        SaseDrop.Mtu => DropReason.SaseTooBig,
        SaseDrop.NoHeadroom => DropReason.PoolExhausted,
        SaseDrop.Policy => DropReason.SasePolicy,
        SaseDrop.NoRoute => DropReason.SaseNoRoute,
        SaseDrop.NoFlow => DropReason.SaseNoFlow,
        SaseDrop.TableFull or SaseDrop.Quota or SaseDrop.PortsExhausted => DropReason.SaseFull,
        SaseDrop.Unsupported => DropReason.SaseUnsupported,
        SaseDrop.Fragment => DropReason.SaseFragment,
        SaseDrop.IcmpError => DropReason.SaseIcmpError,
        SaseDrop.NotActive => DropReason.SaseNotActive,
        SaseDrop.Uncommitted => DropReason.SaseUncommitted,
        SaseDrop.StaleOwner => DropReason.SaseStaleOwner,
        SaseDrop.RedirectedTwice => DropReason.SaseRedirectedTwice,
        SaseDrop.NoNode => DropReason.SaseNoNode,
        _ => DropReason.SaseTunnelMalformed,
    };

    private enum Way
    {
        /// <summary>Packets of sites and of nodes, for a gateway; BFD and messages.</summary>
        Alone,

        /// <summary>To a node, out of a tunnel.</summary>
        OutOfTunnel,

        /// <summary>To a node, for a public address.</summary>
        FromInternet,
    }

    /// <summary>Packets of one way, in a row. What the node says of each is done before it looks at the next.</summary>
    private readonly ref struct Burst(SaseStage stage, PacketVector vector, ReadOnlySpan<ushort> slots) : ISasePackets
    {
        private readonly ReadOnlySpan<ushort> _slots = slots;

        public int Count => _slots.Length;

        public Span<byte> Buffer(int index, out int offset, out int length)
        {
            ref PacketContext context = ref vector[_slots[index]];
            offset = context.Packet.Offset + context.Layout.L3Offset;
            length = context.Packet.Length - context.Layout.L3Offset;
            return vector.Pool.Room(context.Packet);
        }

        public void Settle(int index, in SaseVerdict verdict) => stage.Settle(vector, _slots[index], verdict);
    }
}
