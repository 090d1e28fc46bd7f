using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Flows;
using Weft.Sase.Ownership;
using Weft.Sase.Segments;
using Weft.Sase.Tunnels;

namespace Weft.Sase;

/// <summary>
/// The short way of packets of bursts: plain ones of translated flows that are known and about which they say nothing new. Nearly all packets take it. It comes to what the
/// long way comes to, and has changed nothing when it says that a packet has to take that one.
/// </summary>
public sealed partial class ManagedServiceNode
{
    /// <summary>What must not be noted of a flow whose packets take the short way.</summary>
    private const FlowBits NotSettled = FlowBits.Copy | FlowBits.Uncommitted;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryPassFromTunnel(Span<byte> buffer, int offset, in PacketLane lane, FlowHandle known, Timestamp now, out SaseVerdict verdict)
    {
        Unsafe.SkipInit(out verdict);
        ref readonly OpenedTunnel tunnel = ref lane.Tunnel;
        if (!lane.IsPlain || !_flows.IsLive(known) || known.IsReverse || _segments.Find(tunnel.Vni) is not Segment segment)
        {
            return false;
        }

        int gateway = _members.Find(tunnel.Source.Value);
        ref FlowState flow = ref _flows.Get(known, out _, out FlowKey4 outer);
        Span<byte> frame = buffer.Slice(offset, tunnel.End)[tunnel.FrameOffset..];
        Span<byte> ip = frame[ServiceTunnel.EthernetLength..];
        int tos = ip[1];
        if (flow.Gateway != gateway || flow.Cookie != tunnel.Context.Cookie || flow.Generation != segment.Generation || (flow.Bits & (NotSettled | FlowBits.Translated)) != FlowBits.Translated
            || !segment.Allows(gateway) || !IsKnownOwner(segment.Bundle, tunnel.Context.Epoch) || MacAddress.Read(frame) != _pop.RouterMac
            || PacketChecks.TimeToLive(ip) <= 1 || ((tunnel.Tos & 3) != 0 && ((tunnel.Tos ^ tos) & 3) != 0) || !IsNoNews(flow, frame, lane.Layout, outbound: true))
        {
            return false;
        }

        Note(ref flow, outbound: true, now);
        if (_options.Chain is IServiceChain chain)
        {
            if (!chain.Pass(frame[..lane.Layout.EndOffset], lane.Layout, segment.Vni, inward: false, now))
            {
                verdict = RefuseFromTunnel(buffer, offset, tunnel, segment, known, isNew: false);
                return true;
            }

            PacketChecks.SetEcn(ip, tos & 3);
        }

        PacketEdits.Set(ip, ip[IPv4Header.MinLength..], lane.Layout.Protocol, source: true, outer.Destination, outer.DestinationPort);
        PacketEdits.CountHop(ip);
        _counters.ToUplink++;
        int length = lane.Layout.EndOffset - ServiceTunnel.EthernetLength;
        NotePass(known, segment, outbound: true, length, now);
        verdict = new SaseVerdict(SaseAction.ToUplink, SaseDrop.None, offset + tunnel.FrameOffset + ServiceTunnel.EthernetLength, length, segment.Vni);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryPassFromUplink(Span<byte> buffer, int offset, in PacketLane lane, FlowHandle known, Timestamp now, out SaseVerdict verdict)
    {
        Unsafe.SkipInit(out verdict);
        if (!lane.IsPlain || !_flows.IsLive(known) || !known.IsReverse)
        {
            return false;
        }

        ref FlowState flow = ref _flows.Get(known, out FlowKey4 inner, out FlowKey4 outer);
        int length = lane.Layout.EndOffset;
        Span<byte> packet = buffer.Slice(offset, length);
        int frame = offset - ServiceTunnel.EthernetLength;
        if (_segments.At(flow.Slot) is not Segment segment || flow.Generation != segment.Generation || (flow.Bits & NotSettled) != 0
            || _segments.FindByPublic(outer.Destination) is not Segment owner || !IsKnownOwner(owner.Bundle, Epoch.None) || PacketChecks.TimeToLive(packet) <= 1 || length > _pop.MtuBytes - _overhead || offset < _overhead
            || !IsNoNews(flow, packet, lane.Layout, outbound: false))
        {
            return false;
        }

        Note(ref flow, outbound: false, now);
        PacketEdits.Set(packet, packet[IPv4Header.MinLength..], lane.Layout.Protocol, source: false, inner.Source, inner.SourcePort);
        WriteFrameHeader(buffer[frame..]);
        if (_options.Chain is IServiceChain chain && !PassInward(chain, buffer.Slice(frame, length + ServiceTunnel.EthernetLength), segment.Vni, now))
        {
            verdict = RefuseFromUplink(buffer, offset, segment, known, inner, outer, isNew: false);
            return true;
        }

        PacketEdits.CountHop(packet);
        NotePass(known, segment, outbound: false, length, now);
        var context = new ServiceContext(_bundles[segment.Bundle].Epoch, flow.Gateway, flow.Policy, flow.Cookie);
        int start = _tunnel.Write(buffer, frame, length + ServiceTunnel.EthernetLength, _gateways[flow.Gateway], segment.Vni, context, packet[1], SourcePortOf(outer));
        _counters.ToTunnel++;
        verdict = new SaseVerdict(SaseAction.ToTunnel, SaseDrop.None, start, offset + length - start, segment.Vni);
        return true;
    }

    /// <summary>True if this node owns a bundle, and a gateway's word does not change the epoch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsKnownOwner(int number, Epoch wanted)
    {
        ref Bundle bundle = ref _bundles[number];
        return bundle.Role == BundleRole.Active && wanted <= bundle.Epoch;
    }

    /// <summary>True if a packet leaves the state of its connection as it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsNoNews(in FlowState flow, ReadOnlySpan<byte> frame, in PacketLayout layout, bool outbound) =>
        flow.Tcp == TcpState.None || TcpTracker.Next(flow.Tcp, (TcpFlags)frame[layout.L4Offset + TcpFlagsOffset], outbound) == flow.Tcp;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Note(ref FlowState flow, bool outbound, Timestamp now)
    {
        flow.LastSeen = FlowTimeouts.Milliseconds(now);
        if (outbound == ((flow.Bits & FlowBits.FromUplink) != 0))
        {
            flow.Bits |= FlowBits.Answered;
        }
    }
}
