using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// Makes one link of several (IEEE 802.1AX, formerly 802.3ad): LACP with the partner, the choice of links, the spreading of flows over
/// them, and answers to markers. It is handed frames and the time, and sends through an <see cref="ILinkSink"/>.
/// </summary>
/// <remarks>
/// One thread uses it; <see cref="PortOf"/> and <see cref="IsCollecting"/> may be called by others meanwhile. Nothing is allocated after
/// construction. All frames of a flow take one link, so they keep their order; when links come or go, a flow that moves may be overtaken
/// by itself once.
/// </remarks>
public sealed class LinkAggregator
{
    private readonly LinkMember?[] _byPort;
    private readonly LinkGroup[] _groups;
    private readonly MacAddress _source;

    /// <summary>Creates the engine and all the memory it will ever use.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public LinkAggregator(LinkAggregatorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _source = options.System;
        _byPort = new LinkMember?[options.PortCount];
        _groups = new LinkGroup[options.Groups.Count];
        for (int group = 0; group < _groups.Length; group++)
        {
            LinkMember[] members = [.. options.Groups[group].Members.Select(member => new LinkMember(options, options.Groups[group], member, group))];
            Array.ForEach(members, member => _byPort[member.Port] = member);
            _groups[group] = new LinkGroup(options.Groups[group], options.Seed, members);
        }
    }

    /// <summary>When <see cref="Advance"/> has something to do.</summary>
    public Timestamp NextDue
    {
        get
        {
            Timestamp next = Timestamp.MaxValue;
            foreach (LinkGroup group in _groups)
            {
                foreach (LinkMember member in group.Members)
                {
                    next = member.NextDue < next ? member.NextDue : next;
                }
            }

            return next;
        }
    }

    /// <summary>True for a frame of the slow protocols, of which LACP and Marker are two (IEEE 802.3 annex 57A).</summary>
    public static bool IsSlowProtocol(ReadOnlySpan<byte> frame) => SlowFrame.IsSlow(frame);

    /// <summary>The links of a group, those that are preferred first.</summary>
    public IReadOnlyList<LinkMember> Members(int group) => _groups[group].Members;

    /// <summary>Links of a group that carry frames; 0 if there are fewer than there must be.</summary>
    public int Usable(int group) => _groups[group].Usable;

    /// <summary>The port that a flow of a group leaves through, -1 if none does. Any thread.</summary>
    /// <param name="group">The group.</param>
    /// <param name="hash">Hash of the flow; see <see cref="LinkHash"/>.</param>
    public int PortOf(int group, uint hash) => _groups[group].PortOf(hash);

    /// <summary>True if what comes from a port belongs to its group. Any thread.</summary>
    public bool IsCollecting(int port) => _byPort[port] is { IsCollecting: true };

    /// <summary>Says whether a link is up.</summary>
    public void SetEnabled(int port, bool enabled, Timestamp now)
    {
        if (_byPort[port] is LinkMember member && member.IsEnabled != enabled)
        {
            member.SetEnabled(enabled, now);
            _groups[member.Group].Run(now);
        }
    }

    /// <summary>Takes a frame for which <see cref="IsSlowProtocol"/> holds.</summary>
    public LacpVerdict Receive<TSink>(int port, ReadOnlySpan<byte> frame, Timestamp now, ref TSink sink)
        where TSink : ILinkSink, allows ref struct
    {
        if (_byPort[port] is not { IsEnabled: true } member || !SlowFrame.IsSlow(frame) || SlowFrame.Subtype(frame) is not (SlowFrame.Lacp or SlowFrame.Marker))
        {
            return LacpVerdict.NotMine;
        }

        if (SlowFrame.Subtype(frame) == SlowFrame.Marker)
        {
            return Answer(member, frame, now, ref sink);
        }

        if (member.Receiver == LacpReceiveState.PortDisabled)
        {
            // A static group is agreed by hand.
            return LacpVerdict.NotMine;
        }

        if (!SlowFrame.TryReadLacp(frame, out LacpEnd actor, out LacpEnd partner))
        {
            member.NoteMalformed();
            return LacpVerdict.Malformed;
        }

        if (!member.Record(actor, partner, now))
        {
            // Another partner than before: detached first, then chosen anew (update_Selected, clause 6.4.9).
            member.IsSelected = false;
            member.RunMux(now, groupReady: false, withoutPartner: false);
        }

        _groups[member.Group].Run(now);
        Transmit(_groups[member.Group], now, ref sink);
        return LacpVerdict.Taken;
    }

    /// <summary>Runs timers and machines, and sends what is due.</summary>
    public void Advance<TSink>(Timestamp now, ref TSink sink)
        where TSink : ILinkSink, allows ref struct
    {
        foreach (LinkGroup group in _groups)
        {
            foreach (LinkMember member in group.Members)
            {
                if (member.RunTimers(now))
                {
                    member.IsSelected = false;
                    member.RunMux(now, groupReady: false, withoutPartner: false);
                }
            }

            group.Run(now);
            Transmit(group, now, ref sink);
        }
    }

    /// <summary>Goes on at a port where another engine was, so that a group keeps carrying frames.</summary>
    public void CarryOver(int port, LinkAggregator old, int oldPort, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(old);
        if (_byPort[port] is LinkMember member && old._byPort[oldPort] is LinkMember before && member.Actor.IsSamePort(before.Actor))
        {
            member.CarryOver(before);
            _groups[member.Group].Run(now);
        }
    }

    /// <summary>Takes a link as agreed upon, for a rehearsal of what the switch would do in a state that is known.</summary>
    /// <param name="port">The link.</param>
    /// <param name="distributes">Whether it sends frames, beside taking them.</param>
    /// <param name="now">The time.</param>
    public void Assume(int port, bool distributes, Timestamp now)
    {
        if (_byPort[port] is LinkMember member)
        {
            member.Assume(distributes);
            _groups[member.Group].Run(now);
        }
    }

    private LacpVerdict Answer<TSink>(LinkMember member, ReadOnlySpan<byte> frame, Timestamp now, ref TSink sink)
        where TSink : ILinkSink, allows ref struct
    {
        if (!SlowFrame.IsMarker(frame))
        {
            member.NoteMalformed();
            return LacpVerdict.Malformed;
        }

        if (member.MayAnswerMarker(now))
        {
            Span<byte> response = stackalloc byte[SlowFrame.Length];
            SlowFrame.WriteResponse(response, _source, frame);
            sink.Send(member.Port, response);
        }

        return LacpVerdict.Marker;
    }

    private void Transmit<TSink>(LinkGroup group, Timestamp now, ref TSink sink)
        where TSink : ILinkSink, allows ref struct
    {
        Span<byte> frame = stackalloc byte[SlowFrame.Length];
        foreach (LinkMember member in group.Members)
        {
            if (member.TakeTransmission(now))
            {
                SlowFrame.WriteLacp(frame, _source, member.Actor, member.Partner);
                sink.Send(member.Port, frame);
            }
        }
    }
}
