using Weft.Flows;
using Weft.Packets;

namespace Weft.Lb;

/// <summary>
/// What stands between load balancers and servers, and sends every reply to the load balancer that its flow came from: so load
/// balancers keep the clients' addresses and need no source NAT.
/// </summary>
/// <remarks>
/// <para>
/// Use: add the members; hand every packet that comes from one (<see cref="TryMatchLb(MacAddress, ushort, out LbId)"/>) and goes to a server to
/// <see cref="ObserveForward"/>, and every packet of a server to <see cref="ResolveReply"/>. Only the first teaches
/// anything: which side a packet is from is the caller's knowledge, never the packet's.
/// </para>
/// <para>
/// Flows name their load balancer by place and generation: removing one, or changing how it is reached, is one write however many
/// flows it has. A flow of a removed one is taken over by another at its next reply, or routed.
/// </para>
/// <para>
/// ICMP errors go where the flow they are about goes (RFC 7690 says why); fragments follow their first one in any order. When there is no room, flows that are not
/// established give way and established ones never do. One thread uses a table; nothing is allocated after construction.
/// </para>
/// </remarks>
public sealed partial class ReturnPathTable : IDisposable
{
    private const int AgeSlice = 64;

    private readonly LbDirectory _members;
    private readonly RecordStore<FlowKey4> _v4;
    private readonly RecordStore<FlowKey6> _v6;
    private readonly FragmentTracker<FragmentKey4, LbId> _fragments4;
    private readonly FragmentTracker<FragmentKey6, LbId> _fragments6;
    private readonly FlowHandle[] _slice = new FlowHandle[AgeSlice];
    private readonly FlowKey4[] _forwardKeys = new FlowKey4[AgeSlice];
    private readonly Timestamp _start;
    private ReturnPathCounters _counters;

    /// <summary>Allocates the table.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public ReturnPathTable(ReturnPathOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _start = options.Start;
        _members = new LbDirectory(options.LoadBalancers, options.Seed);
        _v4 = new RecordStore<FlowKey4>(options.IPv4Flows, _members, options);
        _v6 = new RecordStore<FlowKey6>(options.IPv6Flows, _members, options);
        FragmentTrackerOptions fragments = options.Fragments ?? new FragmentTrackerOptions { Seed = options.Seed };
        _fragments4 = new FragmentTracker<FragmentKey4, LbId>(fragments);
        _fragments6 = new FragmentTracker<FragmentKey6, LbId>(fragments);
    }

    /// <summary>What happened so far.</summary>
    public ref readonly ReturnPathCounters Counters => ref _counters;

    /// <summary>Flows that are remembered, idle ones that nobody came by included.</summary>
    public int Count => _v4.Count + _v6.Count;

    /// <summary>Bytes of native memory for flows.</summary>
    public long MemoryBytes => _v4.MemoryBytes + _v6.MemoryBytes;

    /// <summary>Adds a load balancer.</summary>
    /// <param name="identity">How it is reached.</param>
    /// <param name="id">Gets its name.</param>
    /// <returns>False if there are too many, or another one has this hardware address at this port, or this tunnel.</returns>
    /// <exception cref="ArgumentException">There is no tunnel and the hardware address is a group's or all zeros.</exception>
    public bool TryAddLb(in LbIdentity identity, out LbId id)
    {
        CheckIdentity(in identity);
        bool added = _members.TryAdd(in identity, out id, out bool wrapped);
        if (wrapped)
        {
            _v4.ForgetPlace(id.Index);
            _v6.ForgetPlace(id.Index);
        }

        return added;
    }

    /// <summary>Changes how a load balancer is reached; its flows follow at once.</summary>
    /// <returns>False if it is no member, or another one has this hardware address at this port, or this tunnel.</returns>
    /// <exception cref="ArgumentException">There is no tunnel and the hardware address is a group's or all zeros.</exception>
    public bool TryUpdateLb(LbId id, in LbIdentity identity)
    {
        CheckIdentity(in identity);
        return _members.TryUpdate(id, in identity);
    }

    /// <summary>Removes a load balancer, in constant time.</summary>
    /// <returns>False if it is no member.</returns>
    public bool RemoveLb(LbId id) => _members.SetState(id, LbState.Removed);

    /// <summary>Lets a load balancer keep its flows and take over none.</summary>
    /// <returns>False if it is no member.</returns>
    public bool DrainLb(LbId id) => _members.SetState(id, LbState.Draining);

    /// <summary>Whether a load balancer is a member, and in which state.</summary>
    public LbState StateOf(LbId id) => _members.State(id);

    /// <summary>Flows of a load balancer; 0 if it is no member.</summary>
    public int FlowsOf(LbId id) => _members.IsMember(id) ? _members.Flows(id) : 0;

    /// <summary>How a load balancer is reached.</summary>
    /// <returns>False if it is no member.</returns>
    public bool TryGetIdentity(LbId id, out LbIdentity identity)
    {
        bool member = _members.IsMember(id);
        identity = member ? _members.Identity(id) : default;
        return member;
    }

    /// <summary>Finds the load balancer that a frame came from.</summary>
    /// <param name="source">The frame's source address.</param>
    /// <param name="port">The port that it came in by.</param>
    /// <param name="id">Gets its name.</param>
    /// <returns>False if nobody with this address was added for this port.</returns>
    public bool TryMatchLb(MacAddress source, ushort port, out LbId id) => _members.TryMatch(source, port, out id);

    /// <summary>Finds the load balancer that a packet came from by the tunnel that it came through.</summary>
    /// <param name="remote">The far end of the tunnel, ::ffff:a.b.c.d for IPv4.</param>
    /// <param name="tunnelKey">Identifier of the network in the tunnel.</param>
    /// <param name="id">Gets its name.</param>
    /// <returns>False if nobody behind such a tunnel was added.</returns>
    public bool TryMatchLb(IPv6Address remote, uint tunnelKey, out LbId id) => _members.TryMatch(remote, tunnelKey, out id);

    /// <summary>Learns from a packet that a load balancer sends to a server.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="layout">What was found in it.</param>
    /// <param name="zone">Address space; only the low 24 bits are used.</param>
    /// <param name="from">The load balancer.</param>
    /// <param name="now">The time.</param>
    public ForwardVerdict ObserveForward(ReadOnlySpan<byte> frame, in PacketLayout layout, uint zone, LbId from, Timestamp now)
    {
        if (!_members.IsMember(from))
        {
            _counters.StaleLb++;
            return ForwardVerdict.StaleLb;
        }

        bool isTcp = layout.Protocol == IpProtocol.Tcp;
        TcpFlags flags = FlagsOf(frame, in layout);
        if (FlowKey4.TryRead(frame, in layout, out FlowKey4 v4, zone))
        {
            return _v4.Observe(in v4, from, isTcp, flags, Seconds(now), ref _counters);
        }

        if (FlowKey6.TryRead(frame, in layout, out FlowKey6 v6, zone))
        {
            return _v6.Observe(in v6, from, isTcp, flags, Seconds(now), ref _counters);
        }

        _counters.NoFlow++;
        return ForwardVerdict.NoFlow;
    }

    /// <summary>Says where a packet of a server goes.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="layout">What was found in it.</param>
    /// <param name="zone">Address space; only the low 24 bits are used.</param>
    /// <param name="tag">Given back with the fragment if it is held (<see cref="TryTakeFragment"/>).</param>
    /// <param name="now">The time.</param>
    public ReplyVerdict ResolveReply(ReadOnlySpan<byte> frame, in PacketLayout layout, uint zone, int tag, Timestamp now)
    {
        if (layout.IsFragment)
        {
            return layout.IsIPv4 ? ResolveFragment4(frame, in layout, zone, tag, now) : ResolveFragment6(frame, in layout, zone, tag, now);
        }

        return Verdict(Resolve(frame, in layout, zone, now));
    }

    /// <summary>Says where replies go whose keys were read already, with the same results as one by one and fewer stalls. TCP flags are not followed.</summary>
    /// <param name="replies">Keys of packets from servers, in their own direction.</param>
    /// <param name="lbs">Gets the load balancers, <see cref="LbId.None"/> for what is to be routed.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentException"><paramref name="lbs"/> is shorter than <paramref name="replies"/>.</exception>
    public void ResolveReplies(ReadOnlySpan<FlowKey4> replies, Span<LbId> lbs, Timestamp now)
    {
        if (lbs.Length < replies.Length)
        {
            throw new ArgumentException($"{lbs.Length} places for the load balancers of {replies.Length} replies.", nameof(lbs));
        }

        uint seconds = Seconds(now);
        while (!replies.IsEmpty)
        {
            int count = Math.Min(AgeSlice, replies.Length);
            int redirected = 0;
            for (int i = 0; i < count; i++)
            {
                _forwardKeys[i] = replies[i].Reversed;
            }

            _v4.Flows.Find(_forwardKeys.AsSpan(0, count), _slice);
            for (int i = 0; i < count; i++)
            {
                if (!_v4.TryResolveKnown(_slice[i], seconds, out LbId lb))
                {
                    FlowHandle handle = _v4.Flows.IsLive(_slice[i]) ? _slice[i] : FlowHandle.None;
                    lb = _v4.Resolve(handle, isTcp: false, TcpFlags.None, refresh: true, seconds, ref _counters);
                }

                lbs[i] = lb;
                redirected += lb.IsNone ? 0 : 1;
            }

            _counters.Redirected += redirected;
            _counters.Routed += count - redirected;

            replies = replies[count..];
            lbs = lbs[count..];
        }
    }

    /// <summary>Takes a fragment that was held and whose first one has come.</summary>
    /// <param name="frame">Gets the frame; as long as <see cref="FragmentTrackerOptions.FragmentBytes"/>.</param>
    /// <param name="length">Octets of it.</param>
    /// <param name="tag">What was given with it.</param>
    /// <param name="verdict">Where it goes.</param>
    /// <returns>False if there is none.</returns>
    public bool TryTakeFragment(Span<byte> frame, out int length, out int tag, out ReplyVerdict verdict)
    {
        bool taken = _fragments4.TryTakeReleased(frame, out length, out LbId lb, out tag) || _fragments6.TryTakeReleased(frame, out length, out lb, out tag);
        verdict = taken ? Verdict(lb) : default;
        return taken;
    }

    /// <summary>Forgets flows that have been idle, in slices: examines as many places as the budget says.</summary>
    /// <returns>How many were forgotten.</returns>
    public int Advance(Timestamp now, int budget)
    {
        int aged = 0;
        _ = _fragments4.Advance(now, budget);
        _ = _fragments6.Advance(now, budget);
        for (; budget > 0; budget -= 2 * AgeSlice)
        {
            aged += _v4.Age(_slice, Seconds(now), ref _counters);
            aged += _v6.Age(_slice, Seconds(now), ref _counters);
        }

        return aged;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _members.Dispose();
        _v4.Dispose();
        _v6.Dispose();
        _fragments4.Dispose();
        _fragments6.Dispose();
    }

    private static void CheckIdentity(in LbIdentity identity)
    {
        if (!identity.IsTunnel && (identity.Mac.IsGroup || identity.Mac == default))
        {
            throw new ArgumentException("A load balancer needs a hardware address that is no group's and not all zeros, or a tunnel.", nameof(identity));
        }
    }

    private static TcpFlags FlagsOf(ReadOnlySpan<byte> frame, in PacketLayout layout) =>
        layout.HasL4 && layout.Protocol == IpProtocol.Tcp ? (TcpFlags)frame[layout.L4Offset + 13] : TcpFlags.None;

    private uint Seconds(Timestamp now) => (uint)Math.Max(0, (now.Nanoseconds - _start.Nanoseconds) / 1_000_000_000L);

    private LbId Resolve(ReadOnlySpan<byte> frame, in PacketLayout layout, uint zone, Timestamp now)
    {
        bool isTcp = layout.Protocol == IpProtocol.Tcp;
        TcpFlags flags = FlagsOf(frame, in layout);
        if (FlowKey4.TryRead(frame, in layout, out FlowKey4 v4, zone))
        {
            return _v4.Resolve(_v4.Flows.Find(v4.Reversed), isTcp, flags, refresh: true, Seconds(now), ref _counters);
        }

        if (FlowKey6.TryRead(frame, in layout, out FlowKey6 v6, zone))
        {
            return _v6.Resolve(_v6.Flows.Find(v6.Reversed), isTcp, flags, refresh: true, Seconds(now), ref _counters);
        }

        return ResolveError(frame, in layout, zone, now);
    }

    /// <summary>An ICMP error embeds the packet that met it, which went from the client to the server; it refreshes nothing.</summary>
    private LbId ResolveError(ReadOnlySpan<byte> frame, in PacketLayout layout, uint zone, Timestamp now)
    {
        LbId lb = LbId.None;
        if (!layout.HasL4)
        {
            return lb;
        }

        ReadOnlySpan<byte> message = frame[layout.L4Offset..layout.EndOffset];
        if (layout.Protocol == IpProtocol.Icmp && IcmpView.TryParse(message, out IcmpView icmp) && EmbeddedFlow.TryRead(icmp.EmbeddedPacket, out FlowKey4 v4, zone))
        {
            lb = _v4.Resolve(_v4.Flows.Find(v4), isTcp: false, TcpFlags.None, refresh: false, Seconds(now), ref _counters);
        }
        else if (layout.Protocol == IpProtocol.IcmpV6 && IcmpV6View.TryParse(message, out IcmpV6View icmp6) && EmbeddedFlow.TryRead(icmp6.EmbeddedPacket, out FlowKey6 v6, zone))
        {
            lb = _v6.Resolve(_v6.Flows.Find(v6), isTcp: false, TcpFlags.None, refresh: false, Seconds(now), ref _counters);
        }

        _counters.ErrorsRedirected += lb.IsNone ? 0 : 1;
        return lb;
    }

    private ReplyVerdict ResolveFragment4(ReadOnlySpan<byte> frame, in PacketLayout layout, uint zone, int tag, Timestamp now)
    {
        if (!IPv4View.TryParse(frame[layout.L3Offset..], out IPv4View view))
        {
            return Verdict(LbId.None);
        }

        var key = FragmentKey4.Of(view, zone);
        if (!view.IsFragment || view.FragmentOffsetBytes == 0)
        {
            LbId lb = Resolve(frame, in layout, zone, now);
            return Verdict(lb) with { Released = _fragments4.Learn(in key, in lb, now) };
        }

        return _fragments4.TryFind(in key, now, out LbId known) ? Verdict(known)
            : Hold(_fragments4.TryHold(in key, view.Source.Value, frame, tag, now));
    }

    private ReplyVerdict ResolveFragment6(ReadOnlySpan<byte> frame, in PacketLayout layout, uint zone, int tag, Timestamp now)
    {
        // The fragment header is the last of the extension headers in a later fragment, and near the end of them in the first.
        if (!IPv6View.TryParse(frame[layout.L3Offset..], out IPv6View view) || !view.TryGetFragmentHeader(out IPv6FragmentHeader fragment))
        {
            return Verdict(LbId.None);
        }

        var key = new FragmentKey6(view.Source, view.Destination, fragment.Identification, zone);
        if (fragment.OffsetBytes == 0)
        {
            LbId lb = Resolve(frame, in layout, zone, now);
            return Verdict(lb) with { Released = _fragments6.Learn(in key, in lb, now) };
        }

        return _fragments6.TryFind(in key, now, out LbId known) ? Verdict(known)
            : Hold(_fragments6.TryHold(in key, view.Source.High ^ view.Source.Low, frame, tag, now));
    }

    private ReplyVerdict Hold(bool held)
    {
        if (!held)
        {
            return Verdict(LbId.None);
        }

        _counters.FragmentsHeld++;
        return new ReplyVerdict(ReplyAction.Held);
    }

    private ReplyVerdict Verdict(LbId lb)
    {
        // A member that went while a fragment waited is gone for it, too.
        bool redirect = _members.IsMember(lb);
        (redirect ? ref _counters.Redirected : ref _counters.Routed)++;
        return redirect ? new ReplyVerdict(ReplyAction.Redirect, lb) : new ReplyVerdict(ReplyAction.Route);
    }
}
