using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Flows;
using Weft.Sase.Ownership;
using Weft.Sase.Segments;
using Weft.Sase.Tunnels;

namespace Weft.Sase;

/// <summary>Packets out of tunnels.</summary>
public sealed partial class ManagedServiceNode
{
    /// <summary>Takes a packet of a gateway, or one that another node sent on.</summary>
    /// <param name="buffer">The packet's buffer. Bytes in front of the packet may be written to.</param>
    /// <param name="offset">Where the outer IP header begins.</param>
    /// <param name="length">Bytes from there to the end of the packet; what is behind the outer IP packet is ignored.</param>
    /// <param name="now">The time.</param>
    public SaseVerdict FromTunnel(Span<byte> buffer, int offset, int length, Timestamp now)
    {
        LookIntoTunnel(buffer.Slice(offset, length), out PacketLane lane, out FlowKey4 key);
        return JudgeFromTunnel(buffer, offset, lane, key, FlowHandle.None, now);
    }

    /// <summary>Finds out all that a packet says by itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void LookIntoTunnel(ReadOnlySpan<byte> packet, out PacketLane lane, out FlowKey4 key)
    {
        Unsafe.SkipInit(out lane);
        if (_tunnel.TryOpenPlain(packet, out lane.Tunnel))
        {
            ReadOnlySpan<byte> frame = packet[lane.Tunnel.FrameOffset..lane.Tunnel.End];
            if (ServiceTunnel.IsPlainFrame(frame) && PlainPackets.TryRead(frame, ServiceTunnel.EthernetLength, lane.Tunnel.Vni, out lane.Layout, out key))
            {
                (lane.Outer, lane.Inner, lane.IsFrame, lane.IsPlain, lane.HasKey) = (SaseDrop.None, SaseDrop.None, true, true, true);
                return;
            }
        }

        LookIntoTunnelInFull(packet, out lane, out key);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LookIntoTunnelInFull(ReadOnlySpan<byte> packet, out PacketLane lane, out FlowKey4 key)
    {
        (lane, key) = (default, default);
        lane.Outer = _tunnel.Open(packet, out lane.Tunnel);
        if (lane.Outer != SaseDrop.None)
        {
            return;
        }

        ReadOnlySpan<byte> frame = packet[lane.Tunnel.FrameOffset..lane.Tunnel.End];
        lane.IsFrame = PacketLayout.TryParse(frame, out lane.Layout) && (frame[MacAddress.Length] & 1) == 0;
        lane.Inner = lane.IsFrame ? PacketChecks.Check(frame, lane.Layout) : SaseDrop.InnerMalformed;
        lane.HasKey = lane.Inner == SaseDrop.None && FlowKey4.TryRead(frame, lane.Layout, out key, lane.Tunnel.Vni);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private SaseVerdict JudgeFromTunnel(Span<byte> buffer, int offset, in PacketLane lane, in FlowKey4 key, FlowHandle known, Timestamp now)
    {
        if (lane.Outer != SaseDrop.None)
        {
            return Drop(lane.Outer);
        }

        ref readonly OpenedTunnel tunnel = ref lane.Tunnel;
        int member = _members.Find(tunnel.Source.Value);
        if (member < 0)
        {
            return Drop(SaseDrop.UnknownVtep);
        }

        if (_segments.Find(tunnel.Vni) is not Segment segment)
        {
            return Drop(SaseDrop.UnknownVni);
        }

        if (member >= PopOptions.MaxGateways)
        {
            // Nodes send on what came from the Internet, once, and nothing else; what gateways sent keeps its source.
            bool isUplink = tunnel.Context.Gateway == (ServiceTunnel.FromUplink | ServiceTunnel.RedirectedFlag);
            return isUplink ? TakeFromUplink(buffer, offset + tunnel.FrameOffset + ServiceTunnel.EthernetLength, tunnel.End - tunnel.FrameOffset - ServiceTunnel.EthernetLength, isRedirected: true, now) : Drop(SaseDrop.VtepNotAllowed, tunnel.Vni);
        }

        if (!segment.Allows(member))
        {
            return Drop(SaseDrop.VtepNotAllowed, tunnel.Vni);
        }

        if (!IsOwner(segment.Bundle, tunnel.Context.Epoch, now))
        {
            return SendOn(buffer[offset..], offset, tunnel, segment.Bundle);
        }

        return FromTenant(buffer, offset, lane, key, known, member, segment, now);
    }

    private SaseVerdict SendOn(Span<byte> packet, int offset, in OpenedTunnel tunnel, int bundle)
    {
        Epoch epoch = _bundles[bundle].Epoch;
        if (epoch.IsNone || epoch.Node == _self || !_links[epoch.Node].IsUp || tunnel.ContextOffset == 0 || _bundles[bundle].Role == BundleRole.Suspended)
        {
            return Drop(SaseDrop.NotActive, tunnel.Vni);
        }

        if (tunnel.IsRedirected)
        {
            return Drop(SaseDrop.RedirectedTwice, tunnel.Vni);
        }

        ServiceTunnel.Redirect(packet, tunnel, _pop.Nodes[epoch.Node]);
        _counters.Redirected++;
        return new SaseVerdict(SaseAction.ToTunnel, SaseDrop.None, offset, tunnel.End, tunnel.Vni);
    }

    private SaseVerdict FromTenant(Span<byte> buffer, int offset, in PacketLane lane, in FlowKey4 key, FlowHandle known, int gateway, Segment segment, Timestamp now)
    {
        ref readonly OpenedTunnel tunnel = ref lane.Tunnel;
        ref readonly PacketLayout layout = ref lane.Layout;
        Span<byte> packet = buffer.Slice(offset, tunnel.End);
        Span<byte> frame = packet[tunnel.FrameOffset..];
        if (!lane.IsFrame)
        {
            return Drop(SaseDrop.InnerMalformed, segment.Vni);
        }

        if (layout.EtherType == EtherType.Arp)
        {
            return AnswerArp(packet, offset, frame, tunnel, segment);
        }

        if (MacAddress.Read(frame) != _pop.RouterMac)
        {
            return Drop(SaseDrop.NotRouterMac, segment.Vni);
        }

        if (lane.Inner != SaseDrop.None)
        {
            return Drop(lane.Inner, segment.Vni);
        }

        Span<byte> ip = frame[layout.L3Offset..];
        int ecn = EcnTunnelRules.Decapsulate(ip[1] & 3, tunnel.Tos & 3);
        if (ecn == EcnTunnelRules.Drop)
        {
            return Drop(SaseDrop.Congestion, segment.Vni);
        }

        if (PacketChecks.TimeToLive(ip) <= 1)
        {
            return Refuse(packet, offset, tunnel, layout, segment, SaseDrop.TtlExpired, IcmpType.TimeExceeded, now);
        }

        long begun = _counters.FlowsBegun;
        SaseDrop drop = FindForTenant(packet, frame, lane, key, known, gateway, segment, now, out FlowHandle handle, out bool released);
        if (drop == SaseDrop.None && handle.IsNone)
        {
            return new SaseVerdict(SaseAction.Held, SaseDrop.None, 0, 0, segment.Vni);
        }

        if (drop != SaseDrop.None)
        {
            return Drop(drop, segment.Vni);
        }

        if (_options.Chain is IServiceChain chain && !chain.Pass(frame[..layout.EndOffset], layout, segment.Vni, handle.IsReverse, now))
        {
            return RefuseFromTunnel(buffer, offset, tunnel, segment, handle, isNew: _counters.FlowsBegun != begun);
        }

        PacketChecks.SetEcn(ip, ecn);
        SaseVerdict verdict = ForwardFromTenant(packet, offset, frame, lane, key, segment, handle);
        if (verdict.Drop == SaseDrop.None)
        {
            NotePass(handle, segment, outbound: !handle.IsReverse, layout.EndOffset - layout.L3Offset, now);
        }

        return ((_flows[handle].Bits & FlowBits.Uncommitted) == 0 ? verdict : AwaitBackup(buffer, verdict, handle, segment, now)) with { Released = released };
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private SaseVerdict RefuseFromTunnel(Span<byte> buffer, int offset, in OpenedTunnel tunnel, Segment segment, FlowHandle handle, bool isNew)
    {
        SaseVerdict refused = RefuseService(handle, segment, isNew);
        int answer = _options.Chain!.TakeAnswer(_answer);
        return answer == 0 ? refused : AnswerTunnel(buffer, offset, answer, tunnel, segment);
    }

    /// <summary>A service ends a packet's way, and with it that of a flow that this packet began.</summary>
    private SaseVerdict RefuseService(FlowHandle handle, Segment segment, bool isNew)
    {
        if (isNew)
        {
            NoteRefusal(handle, segment);
            End(handle, segment.Bundle, SessionReason.Service);
        }

        return Drop(SaseDrop.Service, segment.Vni);
    }

    /// <summary>The flow that a packet belongs to, or begins. A handle of none without a reason is a fragment that is held.</summary>
    private SaseDrop FindForTenant(
        ReadOnlySpan<byte> whole, ReadOnlySpan<byte> frame, in PacketLane lane, in FlowKey4 key, FlowHandle known, int gateway, Segment segment, Timestamp now, out FlowHandle handle, out bool released)
    {
        ref readonly OpenedTunnel tunnel = ref lane.Tunnel;
        ref readonly PacketLayout layout = ref lane.Layout;
        (handle, released) = (FlowHandle.None, false);
        if (!lane.HasKey)
        {
            SaseDrop found = (layout.Flags & LayoutFlags.LaterFragment) != 0
                ? FindForFragment(frame, layout, segment.Vni, whole, now, out handle)
                : FindForError(frame, layout, segment.Vni, out handle);
            return found != SaseDrop.None || handle.IsNone ? found : Review(handle);
        }

        handle = _flows.IsLive(known) ? known : _flows.Find(key);
        if (!handle.IsNone && _flows[handle].Generation != segment.Generation)
        {
            SaseDrop review = Review(handle);
            if (review == SaseDrop.Policy)
            {
                return review;
            }

            handle = review == SaseDrop.None ? handle : FlowHandle.None;
        }

        if (handle.IsNone)
        {
            SaseDrop drop = BeginFromTenant(frame, layout, key, tunnel, gateway, segment, now, out handle);
            if (drop != SaseDrop.None)
            {
                return drop;
            }
        }

        ref FlowState flow = ref _flows[handle];
        if (flow.Gateway != gateway || flow.Cookie != tunnel.Context.Cookie)
        {
            // The last word of a tenant's gateway decides where answers from the Internet go; a reply of another site does not move the flow.
            (flow.Gateway, flow.Cookie, flow.Policy) = handle.IsReverse ? (flow.Gateway, flow.Cookie, flow.Policy) : ((byte)gateway, tunnel.Context.Cookie, tunnel.Context.Policy);
            Changed(handle, ref flow, segment.Bundle);
        }

        Track(handle, ref flow, frame, layout, outbound: !handle.IsReverse, segment.Bundle, now);
        if (layout.IsFragment)
        {
            _ = IPv4View.TryParse(frame[layout.L3Offset..layout.EndOffset], out IPv4View view);
            released = _fragments.Learn(FragmentKey4.Of(view, segment.Vni), SourceOf(segment.Vni), new FragmentMemo(handle), now) > 0;
        }

        return SaseDrop.None;
    }

    private SaseVerdict ForwardFromTenant(Span<byte> packet, int offset, Span<byte> frame, in PacketLane lane, in FlowKey4 key, Segment segment, FlowHandle handle)
    {
        ref readonly OpenedTunnel tunnel = ref lane.Tunnel;
        ref readonly PacketLayout layout = ref lane.Layout;
        ref FlowState flow = ref _flows.Get(handle, out FlowKey4 inner, out FlowKey4 outer);
        Span<byte> ip = frame[layout.L3Offset..];
        if ((flow.Bits & FlowBits.Translated) != 0)
        {
            if (!PacketEdits.TranslateOut(frame, layout, inner, outer))
            {
                return Drop(SaseDrop.Unsupported, segment.Vni);
            }

            PacketEdits.CountHop(ip);
            _counters.ToUplink++;
            return new SaseVerdict(SaseAction.ToUplink, SaseDrop.None, offset + tunnel.FrameOffset + layout.L3Offset, layout.EndOffset - layout.L3Offset, segment.Vni);
        }

        SegmentRoute? route = segment.RouteTo(PacketChecks.Destination(ip));
        if (route is not { Kind: SegmentRouteKind.Return or SegmentRouteKind.Gateway })
        {
            return Drop(SaseDrop.NoRoute, segment.Vni);
        }

        PacketEdits.CountHop(ip);
        _pop.GatewayMac.Write(frame);
        _pop.RouterMac.Write(frame[MacAddress.Length..]);
        IPv4Address to = route.Kind == SegmentRouteKind.Gateway ? _pop.Gateways[route.Gateway] : tunnel.Source;
        ushort port = SourcePortOf(lane.HasKey ? key : inner);
        _tunnel.TurnBack(packet, tunnel, to, _bundles[segment.Bundle].Epoch, ip[1], port);
        _counters.ToTunnel++;
        return new SaseVerdict(SaseAction.ToTunnel, SaseDrop.None, offset, tunnel.End, segment.Vni);
    }

    /// <summary>The tenant's router answers for its own address itself.</summary>
    private SaseVerdict AnswerArp(Span<byte> packet, int offset, Span<byte> frame, in OpenedTunnel tunnel, Segment segment)
    {
        if (!ArpView.TryParse(frame[ServiceTunnel.EthernetLength..], out ArpView arp) || arp.Operation != ArpOperation.Request
            || arp.TargetAddress != segment.Options.RouterAddress || segment.Options.RouterAddress == IPv4Address.Any || arp.SenderMac != MacAddress.Read(frame[MacAddress.Length..]))
        {
            return Drop(SaseDrop.NotRouterMac, segment.Vni);
        }

        ArpMessage reply = arp.ToMessage().ReplyFrom(_pop.RouterMac);
        arp.SenderMac.Write(frame);
        _pop.RouterMac.Write(frame[MacAddress.Length..]);
        _ = reply.Write(frame[ServiceTunnel.EthernetLength..]);
        _tunnel.TurnBack(packet, tunnel, tunnel.Source, _bundles[segment.Bundle].Epoch, tos: 0, sourcePort: 0xC000);
        _counters.Answered++;
        return new SaseVerdict(SaseAction.ToTunnel, SaseDrop.None, offset, tunnel.End, segment.Vni);
    }

    /// <summary>Tells the sender in the tunnel why its packet goes no further; the error takes the packet's place.</summary>
    private SaseVerdict Refuse(Span<byte> packet, int offset, in OpenedTunnel tunnel, in PacketLayout layout, Segment segment, SaseDrop reason, IcmpType type, Timestamp now)
    {
        _counters.Drops.Count(reason);
        Span<byte> frame = packet[tunnel.FrameOffset..];
        ReadOnlySpan<byte> ip = frame[layout.L3Offset..layout.EndOffset];
        if (segment.Options.RouterAddress == IPv4Address.Any || !IcmpError.MayAnswer(ip) || !MayTellError(segment, now))
        {
            return SaseVerdict.Dropped(reason, segment.Vni);
        }

        // An error is longer than what it quotes; it quotes what fits, and no less than RFC 792 asks for.
        int room = frame.Length - layout.L3Offset - IPv4Header.MinLength - IcmpHeader.Length;
        int quoted = Math.Min(room, ip.Length);
        _ = IPv4View.TryParse(ip, out IPv4View view);
        if (quoted < view.HeaderLength + 8)
        {
            return SaseVerdict.Dropped(reason, segment.Vni);
        }

        int length = IcmpError.Write(ip[..quoted], segment.Options.RouterAddress, type, code: 0, rest: 0, _scratch);
        _scratch.AsSpan(0, length).CopyTo(frame[layout.L3Offset..]);
        _pop.GatewayMac.Write(frame);
        _pop.RouterMac.Write(frame[MacAddress.Length..]);
        OpenedTunnel answer = tunnel;
        answer.End = tunnel.FrameOffset + layout.L3Offset + length;
        _tunnel.TurnBack(packet, answer, tunnel.Source, _bundles[segment.Bundle].Epoch, tos: 0, sourcePort: 0xC000);
        _counters.Errors++;
        return new SaseVerdict(SaseAction.ToTunnel, reason, offset, answer.End, segment.Vni);
    }
}
