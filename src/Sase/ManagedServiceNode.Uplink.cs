using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Flows;
using Weft.Sase.Ownership;
using Weft.Sase.Segments;
using Weft.Sase.Tunnels;

namespace Weft.Sase;

/// <summary>Packets from the Internet.</summary>
public sealed partial class ManagedServiceNode
{
    private const byte FragmentationNeeded = 4;

    /// <summary>Takes a packet for a public address.</summary>
    /// <param name="buffer">The packet's buffer, with room for <see cref="PopOptions.Overhead"/> bytes in front of it.</param>
    /// <param name="offset">Where its IP header begins.</param>
    /// <param name="length">Bytes from there to its end.</param>
    /// <param name="now">The time.</param>
    public SaseVerdict FromUplink(Span<byte> buffer, int offset, int length, Timestamp now) => TakeFromUplink(buffer, offset, length, isRedirected: false, now);

    private SaseVerdict TakeFromUplink(Span<byte> buffer, int offset, int length, bool isRedirected, Timestamp now)
    {
        LookAtUplink(buffer.Slice(offset, length), out PacketLane lane, out FlowKey4 key);
        return JudgeFromUplink(buffer, offset, length, lane, key, FlowHandle.None, isRedirected, now);
    }

    /// <summary>Finds out all that a packet says by itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LookAtUplink(ReadOnlySpan<byte> packet, out PacketLane lane, out FlowKey4 key)
    {
        Unsafe.SkipInit(out lane);
        if (PlainPackets.TryRead(packet, 0, PublicScope, out lane.Layout, out key))
        {
            (lane.Outer, lane.Inner, lane.IsFrame, lane.IsPlain, lane.HasKey) = (SaseDrop.None, SaseDrop.None, true, true, true);
            return;
        }

        LookAtUplinkInFull(packet, out lane, out key);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LookAtUplinkInFull(ReadOnlySpan<byte> packet, out PacketLane lane, out FlowKey4 key)
    {
        (lane, key) = (default, default);
        lane.IsFrame = PacketLayout.TryParseNetwork(packet, EtherType.IPv4, out lane.Layout);
        lane.Inner = lane.IsFrame ? PacketChecks.Check(packet, lane.Layout) : SaseDrop.InnerMalformed;
        lane.HasKey = lane.Inner == SaseDrop.None && FlowKey4.TryRead(packet, lane.Layout, out key);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private SaseVerdict JudgeFromUplink(Span<byte> buffer, int offset, int length, in PacketLane lane, in FlowKey4 key, FlowHandle known, bool isRedirected, Timestamp now)
    {
        Span<byte> packet = buffer.Slice(offset, length);
        ref readonly PacketLayout layout = ref lane.Layout;
        if (lane.Inner != SaseDrop.None)
        {
            return Drop(lane.Inner);
        }

        if (_segments.FindByPublic(PacketChecks.Destination(packet)) is not Segment owner)
        {
            return Drop(SaseDrop.NoRoute);
        }

        if (!IsOwner(owner.Bundle, Epoch.None, now))
        {
            return SendOnFromUplink(buffer, offset, layout.EndOffset, packet[1], isRedirected, owner);
        }

        long begun = _counters.FlowsBegun;
        SaseDrop drop = FindForUplink(packet, lane, key, known, now, out FlowHandle handle, out bool released);
        if (drop == SaseDrop.None && handle.IsNone)
        {
            return new SaseVerdict(SaseAction.Held, SaseDrop.None, 0, 0, owner.Vni);
        }

        if (drop != SaseDrop.None)
        {
            return Drop(drop);
        }

        SaseVerdict verdict = ToTenant(buffer, offset, packet[..layout.EndOffset], layout, handle, isNew: _counters.FlowsBegun != begun, now);
        return (_flows.IsLive(handle) && (_flows[handle].Bits & FlowBits.Uncommitted) != 0 ? AwaitBackup(buffer, verdict, handle, owner, now) : verdict) with { Released = released };
    }

    private SaseVerdict SendOnFromUplink(Span<byte> buffer, int offset, int length, byte tos, bool isRedirected, Segment segment)
    {
        ref Bundle bundle = ref _bundles[segment.Bundle];
        if (bundle.Epoch.IsNone || bundle.Epoch.Node == _self || !_links[bundle.Epoch.Node].IsUp || bundle.Role == BundleRole.Suspended || _pop.Encapsulation == ServiceEncapsulation.Vxlan)
        {
            return Drop(SaseDrop.NotActive, segment.Vni);
        }

        if (isRedirected)
        {
            return Drop(SaseDrop.RedirectedTwice, segment.Vni);
        }

        int frame = offset - ServiceTunnel.EthernetLength;
        if (offset < _pop.Overhead)
        {
            return Drop(SaseDrop.NoHeadroom, segment.Vni);
        }

        WriteFrameHeader(buffer[frame..]);
        var context = new ServiceContext(bundle.Epoch, ServiceTunnel.FromUplink | ServiceTunnel.RedirectedFlag, 0, 0);
        int start = _tunnel.Write(buffer, frame, length + ServiceTunnel.EthernetLength, _pop.Nodes[bundle.Epoch.Node], segment.Vni, context, tos, sourcePort: 0xC000);
        _counters.Redirected++;
        return new SaseVerdict(SaseAction.ToTunnel, SaseDrop.None, start, offset + length - start, segment.Vni);
    }

    private SaseDrop FindForUplink(Span<byte> packet, in PacketLane lane, in FlowKey4 key, FlowHandle known, Timestamp now, out FlowHandle handle, out bool released)
    {
        ref readonly PacketLayout layout = ref lane.Layout;
        (handle, released) = (FlowHandle.None, false);
        if (!lane.HasKey)
        {
            SaseDrop found = (layout.Flags & LayoutFlags.LaterFragment) != 0
                ? FindForFragment(packet, layout, PublicScope, packet[..layout.EndOffset], now, out handle)
                : FindForError(packet, layout, PublicScope, out handle);
            return found != SaseDrop.None || handle.IsNone ? found : Review(handle);
        }

        handle = _flows.IsLive(known) ? known : _flows.Find(key);
        if (!handle.IsNone)
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
            SaseDrop drop = BeginFromUplink(packet, layout, key, now, out handle);
            if (drop != SaseDrop.None)
            {
                return drop;
            }
        }

        ref FlowState flow = ref _flows[handle];
        if (!handle.IsReverse || _segments.At(flow.Slot) is not Segment segment)
        {
            return SaseDrop.NoFlow;
        }

        Track(handle, ref flow, packet, layout, outbound: false, segment.Bundle, now);
        if (layout.IsFragment)
        {
            _ = IPv4View.TryParse(packet, out IPv4View view);
            released = _fragments.Learn(FragmentKey4.Of(view, PublicScope), SourceOf(segment.Vni), new FragmentMemo(handle), now) > 0;
        }

        return SaseDrop.None;
    }

    private SaseVerdict ToTenant(Span<byte> buffer, int offset, Span<byte> packet, in PacketLayout layout, FlowHandle handle, bool isNew, Timestamp now)
    {
        ref FlowState flow = ref _flows.Get(handle, out FlowKey4 inner, out FlowKey4 outer);
        if (_segments.At(flow.Slot) is not Segment segment)
        {
            return Drop(SaseDrop.UnknownVni);
        }

        if (outer.Destination != PacketChecks.Destination(packet))
        {
            // An error for one public address that speaks of a flow of another.
            return Drop(SaseDrop.IcmpError, segment.Vni);
        }

        if (PacketChecks.TimeToLive(packet) <= 1)
        {
            return RefuseUplink(buffer, offset, packet, segment, SaseDrop.TtlExpired, IcmpType.TimeExceeded, code: 0, rest: 0, now);
        }

        int most = _pop.MtuBytes - _pop.Overhead;
        if (packet.Length > most)
        {
            return RefuseUplink(buffer, offset, packet, segment, SaseDrop.Mtu, IcmpType.DestinationUnreachable, FragmentationNeeded, (uint)most, now);
        }

        int frame = offset - ServiceTunnel.EthernetLength;
        if (offset < _pop.Overhead)
        {
            return Drop(SaseDrop.NoHeadroom, segment.Vni);
        }

        if (!PacketEdits.TranslateIn(packet, layout, inner, outer))
        {
            return Drop(SaseDrop.Unsupported, segment.Vni);
        }

        WriteFrameHeader(buffer[frame..]);
        if (_options.Chain is IServiceChain chain && !PassInward(chain, buffer.Slice(frame, packet.Length + ServiceTunnel.EthernetLength), segment.Vni, now))
        {
            return RefuseFromUplink(buffer, offset, segment, handle, inner, outer, isNew);
        }

        PacketEdits.CountHop(packet);
        NotePass(handle, segment, outbound: false, packet.Length, now);
        var context = new ServiceContext(_bundles[segment.Bundle].Epoch, flow.Gateway, flow.Policy, flow.Cookie);
        int start = _tunnel.Write(buffer, frame, packet.Length + ServiceTunnel.EthernetLength, _pop.Gateways[flow.Gateway], segment.Vni, context, packet[1], SourcePortOf(outer));
        _counters.ToTunnel++;
        return new SaseVerdict(SaseAction.ToTunnel, SaseDrop.None, start, offset + packet.Length - start, segment.Vni);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private SaseVerdict RefuseFromUplink(Span<byte> buffer, int offset, Segment segment, FlowHandle handle, in FlowKey4 inner, in FlowKey4 outer, bool isNew)
    {
        int answer = _options.Chain!.TakeAnswer(_answer);
        answer = answer > 0 && TryTranslateAnswer(answer, inner, outer) ? answer : 0;
        SaseVerdict refused = RefuseService(handle, segment, isNew);
        return answer == 0 ? refused : AnswerUplink(buffer, offset, answer, segment);
    }

    private static bool PassInward(IServiceChain chain, Span<byte> frame, uint vni, Timestamp now) =>
        PacketLayout.TryParse(frame, out PacketLayout layout) && chain.Pass(frame, layout, vni, inward: true, now);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteFrameHeader(Span<byte> frame)
    {
        // Fourteen octets in two stores that overlap.
        BinaryPrimitives.WriteUInt64BigEndian(frame, (_pop.GatewayMac.Value << 16) | (_pop.RouterMac.Value >> 32));
        BinaryPrimitives.WriteUInt64BigEndian(frame[MacAddress.Length..], (_pop.RouterMac.Value << 16) | (ushort)EtherType.IPv4);
    }

    /// <summary>Tells a sender in the Internet why its packet goes no further; the error takes the packet's place.</summary>
    private SaseVerdict RefuseUplink(Span<byte> buffer, int offset, ReadOnlySpan<byte> packet, Segment segment, SaseDrop reason, IcmpType type, byte code, uint rest, Timestamp now)
    {
        _counters.Drops.Count(reason);
        _ = IPv4View.TryParse(packet, out IPv4View view);
        bool due = reason != SaseDrop.Mtu || view.DontFragment;
        int room = buffer.Length - offset - IPv4Header.MinLength - IcmpHeader.Length;
        int quoted = Math.Min(room, packet.Length);
        if (!due || !IcmpError.MayAnswer(packet) || quoted < view.HeaderLength + 8 || !MayTellError(segment, now))
        {
            return SaseVerdict.Dropped(reason, segment.Vni);
        }

        // From the address that the packet was for: the tenant's router has none in the Internet.
        int length = IcmpError.Write(packet[..quoted], view.Destination, type, code, rest, _scratch);
        _scratch.AsSpan(0, length).CopyTo(buffer[offset..]);
        _counters.Errors++;
        return new SaseVerdict(SaseAction.ToUplink, reason, offset, length, segment.Vni);
    }
}
