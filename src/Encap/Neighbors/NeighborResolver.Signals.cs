using Weft.Packets;

namespace Weft.Encap;

/// <content>What is asked, answered and learned on the underlay.</content>
public sealed partial class NeighborResolver
{
    /// <summary>
    /// Gives the MAC address of a next hop to somebody who has a packet for it, and solicits it if that is due. Call it for
    /// every burst that uses the next hop.
    /// </summary>
    /// <returns>False if there is no MAC address yet: the packet waits or is dropped.</returns>
    public bool TryResolve<TSink>(int neighbor, Timestamp now, ref TSink sink, out MacAddress mac)
        where TSink : IFrameSink, allows ref struct
    {
        ref NeighborEntry entry = ref Entry(neighbor);
        switch (entry.State)
        {
            case NeighborState.Reachable when now >= entry.Deadline:
            case NeighborState.Stale:
                Begin(ref entry, NeighborState.Probe, now, ref sink);
                break;
            case NeighborState.Idle:
            case NeighborState.Failed when now >= entry.Deadline:
                Begin(ref entry, NeighborState.Incomplete, now, ref sink);
                break;
            default:
                break;
        }

        mac = entry.Mac;
        return entry.State is NeighborState.Reachable or NeighborState.Stale or NeighborState.Probe or NeighborState.Static;
    }

    /// <summary>Repeats solicitations that got no answer, and gives up on those that had enough. Call it once a burst.</summary>
    /// <remarks>Costs one comparison unless a repetition is due; then one step for each tracked next hop.</remarks>
    public void Advance<TSink>(Timestamp now, ref TSink sink)
        where TSink : IFrameSink, allows ref struct
    {
        if (now < _nextDeadline)
        {
            return;
        }

        _nextDeadline = Timestamp.MaxValue;
        foreach (ref NeighborEntry entry in _entries.AsSpan(0, _count))
        {
            if (entry.State is not (NeighborState.Incomplete or NeighborState.Probe))
            {
                continue;
            }

            if (now < entry.Deadline)
            {
                Wake(entry.Deadline);
            }
            else if (entry.Attempts < _options.MaxSolicitations)
            {
                Solicit(ref entry, now, ref sink);
            }
            else
            {
                GiveUp(ref entry, now, ref sink);
            }
        }
    }

    /// <summary>
    /// Asks a tracked next hop whether it is there, whatever is known of it, and leaves that as it is; its answer is taken as any other. For
    /// who wants to know whether it can be reached at all.
    /// </summary>
    public void Ask<TSink>(int neighbor, ref TSink sink)
        where TSink : IFrameSink, allows ref struct
    {
        ref NeighborEntry entry = ref Entry(neighbor);
        MacAddress? to = entry.Mac.IsValidSource ? entry.Mac : null;
        sink.Send(_frame.AsSpan(0, NeighborSignal.WriteSolicitation(_frame, entry.Address, to, _options.Address, _options.Mac)));
        _counters.Probed++;
    }

    /// <summary>Looks at a frame from the underlay: answers if it asks for the own address, learns if it speaks of a tracked next hop.</summary>
    /// <param name="frame">The frame from its Ethernet header on.</param>
    /// <param name="layout">Its layout; offsets count from the start of <paramref name="frame"/>.</param>
    /// <param name="now">The time.</param>
    /// <param name="sink">Takes the answer.</param>
    public NeighborReceipt Receive<TSink>(ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now, ref TSink sink)
        where TSink : IFrameSink, allows ref struct
    {
        if (layout.VlanId != 0)
        {
            return NeighborReceipt.NotMine;
        }

        NeighborReceipt receipt = NeighborSignal.TryRead(frame, layout, _options.Address.IsIPv4, out NeighborSignal signal);
        if (receipt == NeighborReceipt.Updated)
        {
            receipt = Handle(signal, now, ref sink);
        }

        switch (receipt)
        {
            case NeighborReceipt.Answered: _counters.Answered++; break;
            case NeighborReceipt.Updated: _counters.Updated++; break;
            case NeighborReceipt.Ignored: _counters.Ignored++; break;
            case NeighborReceipt.Malformed: _counters.Malformed++; break;
            case NeighborReceipt.Conflict: _counters.Conflicts++; break;
            default: break;
        }

        return receipt;
    }

    /// <summary>Tells everybody on the underlay where the own address is (RFC 5227 section 2.3, RFC 4861 section 7.2.6).</summary>
    public void Announce<TSink>(ref TSink sink)
        where TSink : IFrameSink, allows ref struct
    {
        sink.Send(_frame.AsSpan(0, NeighborSignal.WriteAnnouncement(_frame, _options.Address, _options.Mac, _options.IsRouter)));
        _counters.Announced++;
    }

    private NeighborReceipt Handle<TSink>(in NeighborSignal signal, Timestamp now, ref TSink sink)
        where TSink : IFrameSink, allows ref struct
    {
        if (signal.Sender == _options.Address && signal.SenderMac != _options.Mac)
        {
            return NeighborReceipt.Conflict;
        }

        if (signal.SenderMac == _options.Mac)
        {
            return NeighborReceipt.Ignored; // Our own message, reflected.
        }

        NeighborReceipt receipt = NeighborReceipt.NotMine;
        if (_index.TryGetValue(signal.Sender, out int neighbor))
        {
            receipt = Learn(ref _entries[neighbor], signal, now);
        }

        if (signal.IsRequest && signal.Target == _options.Address)
        {
            sink.Send(_frame.AsSpan(0, NeighborSignal.WriteAnswer(_frame, signal, _options.Address, _options.Mac, _options.IsRouter)));
            return NeighborReceipt.Answered;
        }

        return receipt;
    }

    private NeighborReceipt Learn(ref NeighborEntry entry, in NeighborSignal signal, Timestamp now)
    {
        bool known = entry.State is NeighborState.Reachable or NeighborState.Stale or NeighborState.Probe;
        if (entry.State is NeighborState.Static or NeighborState.Idle || !signal.SenderMac.IsValidSource || !(known || signal.HasSenderMac))
        {
            return NeighborReceipt.Ignored;
        }

        // An advertisement without an address option speaks of the address that is known (RFC 4861 section 7.2.4).
        MacAddress mac = signal.HasSenderMac ? signal.SenderMac : entry.Mac;
        bool moved = known && entry.Mac != mac;
        if (moved && !signal.IsOverride)
        {
            // Somebody else answers and does not insist: doubt what is known, but keep it (RFC 4861 section 7.2.5).
            entry.State = entry.State == NeighborState.Reachable ? NeighborState.Stale : entry.State;
            return NeighborReceipt.Ignored;
        }

        entry.Mac = mac;
        entry.Failures = 0;
        _counters.Moved += moved ? 1 : 0;
        if (signal.IsSolicited)
        {
            entry.State = NeighborState.Reachable;
            entry.Deadline = now + _options.ReachableTime;
        }
        else if (!known || moved)
        {
            entry.State = NeighborState.Stale;
        }

        return NeighborReceipt.Updated;
    }

    private void Begin<TSink>(ref NeighborEntry entry, NeighborState state, Timestamp now, ref TSink sink)
        where TSink : IFrameSink, allows ref struct
    {
        entry.State = state;
        entry.Attempts = 0;
        Solicit(ref entry, now, ref sink);
    }

    private void Solicit<TSink>(ref NeighborEntry entry, Timestamp now, ref TSink sink)
        where TSink : IFrameSink, allows ref struct
    {
        bool toOne = entry.State == NeighborState.Probe;
        MacAddress? to = toOne ? entry.Mac : null;
        sink.Send(_frame.AsSpan(0, NeighborSignal.WriteSolicitation(_frame, entry.Address, to, _options.Address, _options.Mac)));
        if (toOne)
        {
            _counters.Probed++;
        }
        else
        {
            _counters.Solicited++;
        }

        entry.Attempts++;
        entry.Deadline = now + _options.RetransmitInterval;
        Wake(entry.Deadline);
    }

    private void GiveUp<TSink>(ref NeighborEntry entry, Timestamp now, ref TSink sink)
        where TSink : IFrameSink, allows ref struct
    {
        if (entry.State == NeighborState.Probe)
        {
            // The machine is silent; perhaps another one has its address now.
            Begin(ref entry, NeighborState.Incomplete, now, ref sink);
            return;
        }

        long pause = _options.RetransmitInterval.Ticks << Math.Min(entry.Failures, 20);
        entry.State = NeighborState.Failed;
        entry.Deadline = now + TimeSpan.FromTicks(Math.Min(pause, _options.MaxPause.Ticks));
        entry.Failures++;
        _counters.Failed++;
    }
}
