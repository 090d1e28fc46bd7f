using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Flows;
using Weft.Sase.Ownership;
using Weft.Sase.Segments;
using Weft.Sase.Sessions;
using Weft.Sase.Tunnels;

namespace Weft.Sase;

/// <summary>Flows and the public endpoints that stand for tenants' ones.</summary>
public sealed partial class ManagedServiceNode
{
    /// <summary>Scope of public endpoints; tenants' are their virtual networks, which are never 0.</summary>
    private const uint PublicScope = 0;

    /// <summary>Ports tried for a new endpoint. With nine of ten taken, one in 800 finds none.</summary>
    private const int PortTries = 64;

    private const int EndedCapacity = 16_384;
    private const int TcpFlagsOffset = 13;

    private readonly SessionTable<FlowKey4, FlowState> _flows;
    private readonly SessionTable<FlowKey4, Binding> _bindings;
    private readonly TimerWheel _timers;
    private readonly int[] _flowsOfSlot;
    private readonly int[] _due = new int[64];

    private SaseDrop BeginFromTenant(ReadOnlySpan<byte> frame, in PacketLayout layout, in FlowKey4 key, in OpenedTunnel tunnel, int gateway, Segment segment, Timestamp now, out FlowHandle handle)
    {
        handle = FlowHandle.None;
        if (!CanBegin(frame, layout, key))
        {
            return SaseDrop.NoFlow;
        }

        if (segment.RouteTo(key.Destination) is not SegmentRoute route || route.Kind == SegmentRouteKind.Discard)
        {
            return SaseDrop.NoRoute;
        }

        if (!segment.Policy.Allows(key, fromUplink: false, out int rule))
        {
            NoteBlock(segment, key, fromUplink: false, rule, now);
            return SaseDrop.Policy;
        }

        if (_flowsOfSlot[segment.Slot] >= segment.Options.FlowQuota)
        {
            return SaseDrop.Quota;
        }

        var state = new FlowState
        {
            Cookie = tunnel.Context.Cookie,
            Policy = tunnel.Context.Policy,
            Slot = (ushort)segment.Slot,
            Gateway = (byte)gateway,
            Generation = segment.Generation,
            Tcp = key.Protocol == IpProtocol.Tcp ? TcpState.SynOut : TcpState.None,
        };
        FlowKey4 outer = key.Reversed;
        if (route.Kind == SegmentRouteKind.Uplink)
        {
            if (key.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Icmp))
            {
                return SaseDrop.Unsupported;
            }

            SaseDrop drop = Bind(segment, key, out outer);
            if (drop != SaseDrop.None)
            {
                return drop;
            }

            state.Bits = FlowBits.Translated;
        }

        if (!Enter(key, outer, state, segment.Bundle, idle: 0, now, out handle))
        {
            return SaseDrop.TableFull;
        }

        _sessions?.Enter(handle, SessionBook.NameOf(segment, rule));
        return SaseDrop.None;
    }

    private SaseDrop BeginFromUplink(ReadOnlySpan<byte> packet, in PacketLayout layout, in FlowKey4 key, Timestamp now, out FlowHandle handle)
    {
        handle = FlowHandle.None;
        if (!CanBegin(packet, layout, key) || !_segments.TryFindPublished(key.Protocol, key.Destination, key.DestinationPort, out PublishedService service, out Segment segment))
        {
            return SaseDrop.NoFlow;
        }

        var opened = new FlowKey4(key.Source, service.Inside, key.Protocol, key.SourcePort, service.InsidePort, segment.Vni);
        if (segment.RouteTo(service.Inside) is not { Kind: SegmentRouteKind.Gateway } route)
        {
            return SaseDrop.NoRoute;
        }

        if (!segment.Policy.Allows(opened, fromUplink: true, out int rule))
        {
            NoteBlock(segment, opened, fromUplink: true, rule, now);
            return SaseDrop.Policy;
        }

        if (_flowsOfSlot[segment.Slot] >= segment.Options.FlowQuota)
        {
            return SaseDrop.Quota;
        }

        var state = new FlowState
        {
            Slot = (ushort)segment.Slot,
            Gateway = (byte)route.Gateway,
            Generation = segment.Generation,
            Tcp = key.Protocol == IpProtocol.Tcp ? TcpState.SynIn : TcpState.None,
            Bits = FlowBits.Translated | FlowBits.FromUplink | FlowBits.Published,
        };
        if (!Enter(opened.Reversed, key, state, segment.Bundle, idle: 0, now, out handle))
        {
            return SaseDrop.TableFull;
        }

        _sessions?.Enter(handle, SessionBook.NameOf(segment, rule));
        handle = _flows.Find(key);
        return SaseDrop.None;
    }

    /// <summary>A connection begins with its first segment, and a query with its question.</summary>
    private static bool CanBegin(ReadOnlySpan<byte> frame, in PacketLayout layout, in FlowKey4 key) => key.Protocol switch
    {
        IpProtocol.Tcp => ((TcpFlags)frame[layout.L4Offset + TcpFlagsOffset] & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Fin)) == TcpFlags.Syn,
        IpProtocol.Icmp => (IcmpType)frame[layout.L4Offset] is IcmpType.EchoRequest,
        _ => true,
    };

    /// <summary>
    /// The public endpoint of a tenant's: the same whomever it speaks to (RFC 4787 REQ-1), and of the same address as all others of the host
    /// (REQ-2). Each node takes other ports than the rest, so that two that both believe to be the owner never give away the same.
    /// </summary>
    private SaseDrop Bind(Segment segment, in FlowKey4 key, out FlowKey4 outer)
    {
        outer = default;
        var inside = new FlowKey4(key.Source, default, key.Protocol, key.SourcePort, 0, segment.Vni);
        FlowHandle handle = FindBinding(segment, inside);
        if (handle.IsNone)
        {
            SaseDrop drop = NewBinding(segment, inside, out handle);
            if (drop != SaseDrop.None)
            {
                return drop;
            }
        }

        _bindings[handle].Flows++;
        FlowKey4 outside = _bindings.ReverseKeyOf(handle);
        outer = new FlowKey4(key.Destination, outside.Destination, key.Protocol, key.DestinationPort, outside.DestinationPort, PublicScope);
        return SaseDrop.None;
    }

    /// <summary>The binding of a tenant's endpoint. One whose address is the tenant's no more is none, and its flows end when they are judged anew.</summary>
    private FlowHandle FindBinding(Segment segment, in FlowKey4 inside)
    {
        FlowHandle handle = _bindings.Find(inside);
        if (handle.IsNone || segment.PublicAddresses.Contains(_bindings.ReverseKeyOf(handle).Destination))
        {
            return handle;
        }

        _ = _bindings.Remove(handle);
        return FlowHandle.None;
    }

    private SaseDrop NewBinding(Segment segment, in FlowKey4 inside, out FlowHandle handle)
    {
        handle = FlowHandle.None;
        ReadOnlySpan<IPv4Address> addresses = segment.PublicAddresses;
        if (addresses.IsEmpty)
        {
            return SaseDrop.PortsExhausted;
        }

        IPv4Address address = addresses[(int)(_entropy.Hash(((ulong)segment.Vni << 32) | inside.Source.Value) % (uint)addresses.Length)];
        int stride = _pop.Nodes.Count;
        int ports = (segment.Options.LastPort - segment.Options.FirstPort - _self) / stride + 1;
        uint start = (uint)(_entropy.Hash(inside) % (uint)ports);
        for (uint attempt = 0; attempt < Math.Min(PortTries, ports); attempt++)
        {
            ushort port = (ushort)(segment.Options.FirstPort + ((start + attempt) % (uint)ports * (uint)stride) + _self);
            if (_segments.IsPublished(inside.Protocol, address, port))
            {
                continue;
            }

            switch (_bindings.Add(inside, new FlowKey4(default, address, inside.Protocol, 0, port, PublicScope), out handle))
            {
                case FlowAddResult.Added:
                    return SaseDrop.None;
                case FlowAddResult.Refused:
                    return SaseDrop.TableFull;
                default:
                    break;
            }
        }

        handle = FlowHandle.None;
        return SaseDrop.PortsExhausted;
    }

    /// <summary>Takes back what <see cref="Bind"/> gave, unless the endpoint has got another binding since.</summary>
    private void Unbind(in FlowKey4 inner, in FlowKey4 outer)
    {
        var inside = new FlowKey4(inner.Source, default, inner.Protocol, inner.SourcePort, 0, inner.Scope);
        FlowHandle handle = _bindings.Find(inside);
        if (handle.IsNone)
        {
            return;
        }

        FlowKey4 outside = _bindings.ReverseKeyOf(handle);
        bool isIts = outside.Destination == outer.Destination && outside.DestinationPort == outer.DestinationPort;
        if (isIts && --_bindings[handle].Flows <= 0)
        {
            _ = _bindings.Remove(handle);
        }
    }

    /// <summary>Remembers a flow whose binding, if it needs one, is made. If there is no room, the binding is taken back.</summary>
    private bool Enter(in FlowKey4 inner, in FlowKey4 outer, in FlowState state, int bundle, uint idle, Timestamp now, out FlowHandle handle)
    {
        if (_flows.Add(inner, outer, out handle) != FlowAddResult.Added)
        {
            if ((state.Bits & (FlowBits.Translated | FlowBits.Published)) == FlowBits.Translated)
            {
                Unbind(inner, outer);
            }

            handle = FlowHandle.None;
            return false;
        }

        ref FlowState flow = ref _flows[handle];
        flow = state;
        flow.LastSeen = FlowTimeouts.Milliseconds(now) - idle;
        _flowsOfSlot[flow.Slot]++;
        _sessions?.Enter(handle, rule: null);
        Arm(handle, inner.Protocol, flow, now);
        if ((flow.Bits & FlowBits.Copy) == 0)
        {
            _counters.FlowsBegun++;
            flow.Bits |= WaitsForBackup(bundle) ? FlowBits.Uncommitted : 0;
            Changed(handle, ref flow, bundle);
        }

        return true;
    }

    private void Arm(FlowHandle handle, IpProtocol protocol, in FlowState flow, Timestamp now) =>
        _timers.Arm(handle.Index, now + TimeSpan.FromMilliseconds(Patience(protocol, flow)));

    /// <summary>A copy lives twice as long: its owner, who sees its packets, says so before that if it is still alive.</summary>
    private static uint Patience(IpProtocol protocol, in FlowState flow) => FlowTimeouts.Of(protocol, flow) * ((flow.Bits & FlowBits.Copy) != 0 ? 2u : 1);

    private void Track(FlowHandle handle, ref FlowState flow, ReadOnlySpan<byte> frame, in PacketLayout layout, bool outbound, int bundle, Timestamp now)
    {
        bool wasCopy = (flow.Bits & FlowBits.Copy) != 0;
        flow.LastSeen = FlowTimeouts.Milliseconds(now);
        flow.Bits &= ~FlowBits.Copy;
        if (outbound == ((flow.Bits & FlowBits.FromUplink) != 0))
        {
            flow.Bits |= FlowBits.Answered;
        }

        if (flow.Tcp == TcpState.None || !layout.HasL4)
        {
            return;
        }

        var flags = (TcpFlags)frame[layout.L4Offset + TcpFlagsOffset];
        TcpState next = TcpTracker.Next(flow.Tcp, flags, outbound);
        if (wasCopy && next is TcpState.SynOut or TcpState.SynIn && (flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) == TcpFlags.Ack)
        {
            // The word of the handshake's end went down with the owner; who acknowledges has seen it.
            next = TcpState.Established;
        }

        if (next != flow.Tcp)
        {
            flow.Tcp = next;
            Arm(handle, IpProtocol.Tcp, flow, now);
            Changed(handle, ref flow, bundle);
        }
    }

    /// <summary>Judges a flow by what its segment has become.</summary>
    private bool IsStillAllowed(FlowHandle handle, Segment segment)
    {
        ref FlowState flow = ref _flows.Get(handle, out FlowKey4 inner, out FlowKey4 outer);
        bool fromUplink = (flow.Bits & FlowBits.FromUplink) != 0;
        bool hasEndpoint = (flow.Bits & FlowBits.Translated) == 0 || segment.PublicAddresses.Contains(outer.Destination);
        bool isAllowed = segment.Policy.Allows(fromUplink ? inner.Reversed : inner, fromUplink, out int rule);
        _sessions?.Judged(handle, hasEndpoint ? SessionBook.NameOf(segment, rule) : null);
        if (hasEndpoint && isAllowed)
        {
            flow.Generation = segment.Generation;
            return true;
        }

        _counters.FlowsRevoked++;
        End(handle, segment.Bundle, SessionReason.PolicyChanged);
        return false;
    }

    /// <summary>The flow of the first fragment of the datagram; a handle of none without a reason if it has not come, and this one waits for it.</summary>
    private SaseDrop FindForFragment(ReadOnlySpan<byte> frame, in PacketLayout layout, uint scope, ReadOnlySpan<byte> whole, Timestamp now, out FlowHandle handle)
    {
        _ = IPv4View.TryParse(frame[layout.L3Offset..layout.EndOffset], out IPv4View view);
        FragmentKey4 key = FragmentKey4.Of(view, scope);
        if (_fragments.TryFind(key, now, out FragmentMemo memo))
        {
            handle = memo.Flow;
            return _flows.IsLive(handle) ? SaseDrop.None : SaseDrop.Fragment;
        }

        // What waits counts for the tenant, or for the sender in the Internet: neither takes room from another.
        handle = FlowHandle.None;
        ulong source = scope == PublicScope ? view.Source.Value : SourceOf(scope);
        if (!_fragments.TryHold(key, source, whole, scope == PublicScope ? 1 : 0, now))
        {
            return SaseDrop.Fragment;
        }

        _counters.Held++;
        return SaseDrop.None;
    }

    /// <summary>Whom a tenant's fragments count for: no address of a sender in the Internet.</summary>
    private static ulong SourceOf(uint vni) => (ulong)vni << 32;

    /// <summary>The flow that an ICMP error speaks of, as the sender of the quoted packet does not know it and its receiver does.</summary>
    private SaseDrop FindForError(ReadOnlySpan<byte> frame, in PacketLayout layout, uint scope, out FlowHandle handle)
    {
        handle = FlowHandle.None;
        if (layout is not { Protocol: IpProtocol.Icmp, HasL4: true } || !IcmpView.TryParse(frame[layout.L4Offset..layout.EndOffset], out IcmpView icmp)
            || !icmp.IsError || icmp.Type == IcmpType.Redirect || !icmp.IsChecksumValid || !EmbeddedFlow.TryRead(icmp.EmbeddedPacket, out FlowKey4 quoted, scope))
        {
            return SaseDrop.IcmpError;
        }

        handle = _flows.Find(quoted.Reversed);
        return handle.IsNone ? SaseDrop.IcmpError : SaseDrop.None;
    }

    /// <summary>Ends a flow and has the backup told.</summary>
    private void End(FlowHandle handle, int bundle, SessionReason reason)
    {
        ref FlowState flow = ref _flows.Get(handle, out FlowKey4 inner, out FlowKey4 outer);
        if (bundle >= 0 && _bundles[bundle].Role == BundleRole.Active)
        {
            flow.Version = NextVersion(bundle);
            _counters.EndsLost += _ended.TryAdd(new FlowRecord { Inner = inner, Outer = outer, State = flow, Vni = inner.Scope, Bundle = (byte)bundle, IsEnd = true }) ? 0 : 1;
        }

        Forget(handle, reason);
    }

    private void Forget(FlowHandle handle, SessionReason reason)
    {
        _ = EndSession(handle, reason);
        ref FlowState flow = ref _flows.Get(handle, out FlowKey4 inner, out FlowKey4 outer);
        if ((flow.Bits & (FlowBits.Translated | FlowBits.Published)) == FlowBits.Translated)
        {
            Unbind(inner, outer);
        }

        _flowsOfSlot[flow.Slot]--;
        _ = _timers.Cancel(handle.Index);
        _counters.FlowsEnded++;
        _ = _flows.Remove(handle);
    }

    private void Expire(Timestamp now)
    {
        int due = _timers.Advance(now, _due, _due.Length * 2);
        for (int i = 0; i < due; i++)
        {
            FlowHandle handle = _flows.HandleAt(_due[i]);
            if (handle.IsNone)
            {
                continue;
            }

            ref FlowState flow = ref _flows[handle];
            IpProtocol protocol = _flows.ForwardKeyOf(handle).Protocol;
            if (_segments.At(flow.Slot) is not Segment segment)
            {
                EndRemoved(handle);
                continue;
            }

            uint silent = FlowTimeouts.Milliseconds(now) - flow.LastSeen;
            uint patience = Patience(protocol, flow);
            if (silent >= patience)
            {
                End(handle, segment.Bundle, ReasonOf(flow.Tcp));
                continue;
            }

            _timers.Arm(_due[i], now + TimeSpan.FromMilliseconds(patience - silent));
            Changed(handle, ref flow, segment.Bundle);
        }
    }
}
