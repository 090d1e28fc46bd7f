using Weft.Packets;

namespace Weft.Services;

/// <summary>
/// Lets through what belongs to a connection: TCP segments within the window that their receiver offered, beginning with a SYN,
/// and ICMP errors about segments that were really sent.
/// </summary>
/// <remarks>
/// The four bounds of a segment are those of G. van Rooij, "Real Stateful TCP Packet Filtering in IP Filter" (2000), which the
/// BSD and Linux packet filters use as well: its data must not exceed what the receiver offered nor lie below what it can still
/// need, and what it acknowledges must have been sent and not long ago. Resets and SYNs on a living connection are treated as
/// RFC 5961 sections 3 and 4 advise. Other protocols only have packets counted.
/// </remarks>
/// <param name="options">How strict it is.</param>
public struct ConnectionTracker(ConnectionTrackerOptions options) : IService<ConnectionState>
{
    /// <summary>Acknowledgements may be this far behind: the largest window without scaling and one segment.</summary>
    private const uint LeastAckSpan = 66_000;

    private const int MinTcpHeader = 20;

    /// <summary>How far ahead of what is known a side may be that has not been seen for a while; half of what the arithmetic of sequence numbers can tell apart.</summary>
    private const uint MaxLead = 1 << 30;

    /// <summary>Kind of the window scale option, and the largest scale (RFC 7323 section 2).</summary>
    private const byte WindowScaleOption = 3;
    private const byte MaxScale = 14;

    private readonly bool _pickUp = options.PickUp;
    private readonly bool _liberal = options.Liberal;
    private ConnectionTrackerCounters _counters;

    /// <inheritdoc/>
    public static ServiceInfo Info { get; } = new() { Kind = "connections", StateVersion = 1 };

    /// <summary>What happened so far.</summary>
    public readonly ConnectionTrackerCounters Counters => _counters;

    /// <inheritdoc/>
    public readonly void End(ref ConnectionState state)
    {
        // Nothing is held for a flow beside its state.
    }

    /// <inheritdoc/>
    public ServiceVerdict Process(ref ServiceCall call, ref ConnectionState state)
    {
        if (call.IsError)
        {
            return Error(ref call, ref state);
        }

        if (call.Layout.Protocol == IpProtocol.Tcp && !call.IsLaterFragment && !Follow(ref call, ref state))
        {
            _counters.OutOfWindow++;
            if (!_liberal)
            {
                call.Reason = ServiceReason.InvalidState;
                return ServiceVerdict.Drop;
            }

            call.Doubt();
        }

        int octets = call.Layout.EndOffset - call.Layout.L3Offset;
        if (call.IsForward)
        {
            state.ForwardPackets++;
            state.ForwardBytes += (ulong)octets;
        }
        else
        {
            state.ReversePackets++;
            state.ReverseBytes += (ulong)octets;
        }

        return ServiceVerdict.Pass;
    }

    /// <inheritdoc/>
    public readonly string? Explain(in ConnectionState state) =>
        $"{state.ForwardPackets} packets of {state.ForwardBytes} octets from the opener, {state.ReversePackets} of {state.ReverseBytes} back";

    /// <summary>Holds a segment to the connection and learns from it; false if it does not belong there.</summary>
    private bool Follow(ref ServiceCall call, ref ConnectionState state)
    {
        ReadOnlySpan<byte> bytes = call.Frame[call.Layout.L4Offset..call.Layout.EndOffset];
        if (bytes.Length < MinTcpHeader || !TcpView.TryParse(bytes, out TcpView segment))
        {
            // The first fragment of a datagram, cut within the header: nobody needs such fragments (RFC 1858 section 3).
            return false;
        }

        ref TcpSide sender = ref call.IsForward ? ref state.Forward : ref state.Reverse;
        ref TcpSide receiver = ref call.IsForward ? ref state.Reverse : ref state.Forward;
        TcpFlags flags = segment.Flags;
        bool syn = (flags & TcpFlags.Syn) != 0;
        uint sequence = segment.SequenceNumber;
        uint end = sequence + (uint)(bytes.Length - segment.HeaderLength) + (syn ? 1u : 0) + ((flags & TcpFlags.Fin) != 0 ? 1u : 0);
        if (sender.MaxWindow == 0)
        {
            if (!Meet(ref sender, ref receiver, segment, end, isFirst: receiver.MaxWindow == 0))
            {
                return false;
            }
        }
        else if (syn && sender.End != end)
        {
            // A SYN in a living connection: its receiver answers with a challenge, or it opens the connection anew (RFC 5961 section 4).
            _counters.Challenged++;
            call.Doubt();
            return true;
        }

        if (sender.Late != 0 && (flags & (TcpFlags.Syn | TcpFlags.Rst)) == 0)
        {
            Recover(ref sender, ref receiver, segment, end);
        }

        if (!IsWithin(sender, receiver, segment, sequence, end))
        {
            return false;
        }

        if ((flags & TcpFlags.Rst) != 0)
        {
            // Only the very next number ends the connection; another one within the window is for its receiver to judge (RFC 5961 section 3).
            if (receiver.MaxWindow != 0 && sequence != sender.End)
            {
                _counters.Challenged++;
                call.Doubt();
            }

            return true;
        }

        Learn(ref sender, ref receiver, segment, syn, end);
        return true;
    }

    /// <summary>Takes the first segment of a side.</summary>
    private readonly bool Meet(ref TcpSide sender, ref TcpSide receiver, TcpView segment, uint end, bool isFirst)
    {
        bool syn = (segment.Flags & TcpFlags.Syn) != 0;
        if (!syn && (segment.Flags & TcpFlags.Rst) != 0 && !isFirst)
        {
            // A refusal: the other side's SYN is answered by a reset that acknowledges it (RFC 9293 section 3.5.2).
            (sender.End, sender.Limit, sender.MaxWindow) = (end, end, 1);
            return segment.AcknowledgmentNumber == receiver.End;
        }

        // A connection begins with a SYN alone; the answer is one with or without ACK (RFC 9293 section 3.5).
        bool opens = syn && (!isFirst || (segment.Flags & TcpFlags.Ack) == 0);
        if (!opens && !_pickUp)
        {
            return false;
        }

        sender.End = sender.Limit = end;
        sender.MaxWindow = Math.Max(segment.Window, (ushort)1);
        if (syn)
        {
            ReadScale(segment, ref sender);
            if (!isFirst && (sender.Scales == 0 || receiver.Scales == 0))
            {
                // Both or none (RFC 7323 section 2.2).
                sender.Scale = receiver.Scale = 0;
            }
        }
        else
        {
            // Nobody knows the scale: the widest there is refuses nothing that is right.
            sender.Scale = MaxScale;
            sender.MaxWindow = (uint)segment.Window << MaxScale | 1;
            sender.Limit = end + sender.MaxWindow;
        }

        if (isFirst && !syn)
        {
            receiver.End = receiver.Limit = segment.AcknowledgmentNumber;
        }

        return true;
    }

    /// <inheritdoc/>
    public static void CatchUp(ref ConnectionState state) => (state.Forward.Late, state.Reverse.Late) = (1, 1);

    /// <summary>Takes the next segment of a side that was not seen for a while at its word, once: nothing else says how far it is.</summary>
    private static void Recover(ref TcpSide sender, ref TcpSide receiver, TcpView segment, uint end)
    {
        sender.Late = 0;
        if (IsAhead(end, sender.End))
        {
            sender.End = end;
        }

        uint limit = end + Math.Max(receiver.MaxWindow, LeastAckSpan);
        if (IsAhead(limit, sender.Limit))
        {
            sender.Limit = limit;
        }

        if ((segment.Flags & TcpFlags.Ack) != 0 && IsAhead(segment.AcknowledgmentNumber, receiver.End))
        {
            receiver.End = segment.AcknowledgmentNumber;
        }
    }

    private static bool IsAhead(uint sequence, uint known) => IsAfter(sequence, known) && sequence - known < MaxLead;

    private static void ReadScale(TcpView segment, ref TcpSide side)
    {
        foreach (TcpOption option in segment.Options)
        {
            if (option.Kind == WindowScaleOption && option.Data.Length == 1)
            {
                (side.Scale, side.Scales) = (Math.Min(option.Data[0], MaxScale), 1);
            }
        }
    }

    private readonly bool IsWithin(in TcpSide sender, in TcpSide receiver, TcpView segment, uint sequence, uint end)
    {
        if (receiver.MaxWindow == 0)
        {
            // The other side has not spoken: all that can come is the same SYN again, data that rides on it, or a reset.
            return _pickUp || end == sender.End || (segment.Flags & (TcpFlags.Syn | TcpFlags.Rst)) != 0;
        }

        uint acknowledged = (segment.Flags & TcpFlags.Ack) != 0 ? segment.AcknowledgmentNumber : receiver.End;
        if ((segment.Flags & TcpFlags.Rst) != 0 && acknowledged == 0)
        {
            acknowledged = receiver.End;
        }

        uint span = Math.Max(sender.MaxWindow, LeastAckSpan);
        return !IsAfter(sequence, sender.Limit)
            && !IsAfter(sender.End - receiver.MaxWindow, end)
            && !IsAfter(acknowledged, receiver.End)
            && !IsAfter(receiver.End - span, acknowledged);
    }

    private static void Learn(ref TcpSide sender, ref TcpSide receiver, TcpView segment, bool syn, uint end)
    {
        if (IsAfter(end, sender.End))
        {
            sender.End = end;
        }

        if ((segment.Flags & TcpFlags.Fin) != 0)
        {
            sender.Finished = 1;
        }

        uint window = syn ? segment.Window : (uint)segment.Window << sender.Scale;
        sender.MaxWindow = Math.Max(sender.MaxWindow, window);
        if ((segment.Flags & TcpFlags.Ack) != 0)
        {
            // A closed window still lets one octet in: the probe (RFC 9293 section 3.8.6.1).
            uint limit = segment.AcknowledgmentNumber + Math.Max(window, 1);
            if (IsAfter(limit, receiver.Limit))
            {
                receiver.Limit = limit;
            }
        }
    }

    /// <summary>An error is about a segment that was sent and may be under way: its number lies within what is not acknowledged for long (RFC 5927 section 4.1).</summary>
    private ServiceVerdict Error(ref ServiceCall call, ref ConnectionState state)
    {
        ReadOnlySpan<byte> message = call.Frame[call.Layout.L4Offset..call.Layout.EndOffset];
        if (!EmbeddedSegment.TryReadSequence(message, call.Layout.IsIPv6, out uint sequence))
        {
            return ServiceVerdict.Pass;
        }

        // The embedded segment went against the error.
        ref TcpSide sender = ref call.IsForward ? ref state.Reverse : ref state.Forward;
        ref TcpSide receiver = ref call.IsForward ? ref state.Forward : ref state.Reverse;
        uint span = Math.Max(receiver.MaxWindow, 1);
        if (IsAfter(sequence, sender.End) || IsAfter(sender.End - span, sequence + 1))
        {
            _counters.ErrorsRefused++;
            call.Reason = ServiceReason.InvalidState;
            return ServiceVerdict.Drop;
        }

        return ServiceVerdict.Pass;
    }

    /// <summary>True if a sequence number lies behind another, in the arithmetic of RFC 9293 section 3.4.</summary>
    private static bool IsAfter(uint sequence, uint other) => (int)(sequence - other) > 0;
}
