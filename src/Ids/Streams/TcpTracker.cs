using Weft.Packets;

namespace Weft.Ids;

/// <summary>
/// Follows a connection: who began it, whether it is established, which segments a receiver takes (RFC 9293 section 3.10.7.4),
/// which resets are real (RFC 5961 section 3.2) and which segments are too old (RFC 7323 section 5).
/// </summary>
internal static class TcpTracker
{
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    // How long a client may go on asking, in ticks of its clock: a minute of milliseconds.
    private const uint MaxSynAge = 60_000;

    // Windows of a connection whose handshake was not seen may be scaled by as much as there is.
    private const byte UnknownScale = 14;

    /// <summary>Takes note of a segment.</summary>
    public static TcpStep Advance(ref FlowState flow, in PacketFacts packet, bool sourceIsLow, bool isNew, bool acceptMidstream, bool acceptOneSide)
    {
        TcpFlags kind = packet.TcpFlags & (SynAck | TcpFlags.Rst);
        if (isNew)
        {
            // Whoever answers a SYN, or a request, that was not seen is the server.
            bool isAnswer = kind == SynAck || ((kind & (TcpFlags.Syn | TcpFlags.Rst)) == 0 && acceptMidstream && AppProbe.IsAnswer(packet.Payload));
            flow.ClientIsLow = sourceIsLow != isAnswer;
        }

        var step = new TcpStep { ToServer = flow.ClientIsLow == sourceIsLow };
        ref TcpSide sender = ref step.ToServer ? ref flow.Client : ref flow.Server;
        ref TcpSide receiver = ref step.ToServer ? ref flow.Server : ref flow.Client;
        if (flow.Stage == FlowStage.SynSeen && !step.ToServer && EchoesNothing(in receiver, in packet))
        {
            step.Events |= StreamEvents.InvalidTimestamp;
            step.IsInvalid = true;
        }
        else if ((kind & TcpFlags.Rst) != 0)
        {
            Reset(ref flow, ref sender, ref receiver, in packet, ref step);
        }
        else if (kind == TcpFlags.Syn)
        {
            Synchronize(ref flow, ref sender, in packet, acceptOneSide, ref step);
        }
        else if (kind == SynAck)
        {
            Answer(ref flow, ref sender, ref receiver, in packet, acceptMidstream, ref step);
        }
        else
        {
            Transfer(ref flow, ref sender, ref receiver, in packet, acceptMidstream, acceptOneSide, ref step);
        }

        return step;
    }

    private static void Synchronize(ref FlowState flow, ref TcpSide sender, in PacketFacts packet, bool acceptOneSide, ref TcpStep step)
    {
        if (flow.Stage is FlowStage.Established or FlowStage.SynAckSeen)
        {
            bool isSame = sender.HasFirst && sender.First == packet.TcpSequence + 1;
            step.Events |= isSame && flow.Stage == FlowStage.SynAckSeen ? StreamEvents.None : StreamEvents.SynResent;
            step.IsInvalid = true;
            return;
        }

        bool isOther = sender.HasFirst && sender.First != packet.TcpSequence + 1;
        step.Events |= isOther ? StreamEvents.SynResent : StreamEvents.None;
        if (!sender.HasFirst || isOther)
        {
            Begin(ref sender, packet.TcpSequence + 1);
        }

        NoteOptions(ref sender, in packet);
        sender.Scale = (byte)packet.TcpWindowScale;
        sender.Window = packet.TcpWindow;
        flow.Stage = FlowStage.SynSeen;

        // Receivers ignore data in a SYN unless both sides agreed on it before (RFC 7413).
        if (packet.HasTcpFastOpen)
        {
            Take(ref sender, in packet, packet.TcpSequence + 1, ref step);
        }
    }

    private static void Answer(ref FlowState flow, ref TcpSide sender, ref TcpSide receiver, in PacketFacts packet, bool acceptMidstream, ref TcpStep step)
    {
        if (flow.Stage == FlowStage.New || flow.Stage == FlowStage.Midstream)
        {
            flow.Stage = acceptMidstream ? FlowStage.SynAckSeen : FlowStage.Midstream;
            flow.HasMidstream = true;
            Begin(ref receiver, packet.TcpAcknowledgment);
        }
        else if (flow.Stage != FlowStage.SynSeen)
        {
            step.IsInvalid = flow.Stage != FlowStage.SynAckSeen || packet.TcpSequence + 1 != sender.First;
            step.Events |= step.IsInvalid ? StreamEvents.SynAckResent : StreamEvents.None;
            return;
        }
        else if (TcpSequence.IsBefore(packet.TcpAcknowledgment, receiver.First) || TcpSequence.IsBefore(receiver.Next, packet.TcpAcknowledgment))
        {
            step.Events |= StreamEvents.SynAckWrongAck;
            step.IsInvalid = true;
            return;
        }
        else
        {
            flow.Stage = FlowStage.SynAckSeen;
        }

        if (!sender.HasFirst || sender.First != packet.TcpSequence + 1)
        {
            Begin(ref sender, packet.TcpSequence + 1);
        }

        NoteOptions(ref sender, in packet);
        sender.Scale = (byte)packet.TcpWindowScale;
        Acknowledge(ref sender, in packet, scale: 0);
        if (packet.HasTcpFastOpen || receiver.Sent > 0)
        {
            Take(ref sender, in packet, packet.TcpSequence + 1, ref step);
        }
    }

    private static void Transfer(ref FlowState flow, ref TcpSide sender, ref TcpSide receiver, in PacketFacts packet, bool acceptMidstream, bool acceptOneSide, ref TcpStep step)
    {
        bool acknowledges = (packet.TcpFlags & TcpFlags.Ack) != 0;
        switch (flow.Stage)
        {
            case FlowStage.New or FlowStage.Midstream:
                flow.HasMidstream = true;
                flow.Stage = acceptMidstream && acknowledges ? FlowStage.Established : FlowStage.Midstream;
                step.Events |= flow.Stage == FlowStage.Midstream && (packet.TcpFlags & TcpFlags.Fin) != 0 ? StreamEvents.FinWithoutSession : StreamEvents.None;
                break;
            case FlowStage.SynAckSeen when step.ToServer && acknowledges && packet.TcpAcknowledgment == receiver.Next:
                flow.Stage = FlowStage.Established;
                break;
            case FlowStage.SynSeen when acceptOneSide && step.ToServer && packet.TcpSequence == sender.Next:
                flow.Stage = FlowStage.Established;
                flow.HasMidstream = true;
                break;
            case FlowStage.SynSeen:
                step.Events |= packet.Payload.IsEmpty ? StreamEvents.None : StreamEvents.DataBeforeHandshake;
                return;
            case FlowStage.Closed when sender.HasReset && !receiver.HasFinished && packet.TcpSequence == sender.Next:
                // Who resets a connection sends no more on it: its peer did not get the reset, or ignores it.
                sender.HasReset = false;
                flow.Stage = FlowStage.Established;
                step.Events |= StreamEvents.ResetInjection;
                break;
            case FlowStage.Closed:
                step.IsInvalid = true;
                return;
        }

        if (flow.Stage is FlowStage.Midstream)
        {
            return;
        }

        if (!sender.HasFirst)
        {
            Begin(ref sender, packet.TcpSequence);
            sender.Scale = UnknownScale;
        }

        if (acknowledges && !receiver.HasFirst)
        {
            Begin(ref receiver, packet.TcpAcknowledgment);
            receiver.Scale = UnknownScale;
        }

        if (IsTooOld(in sender, in packet))
        {
            step.Events |= StreamEvents.InvalidTimestamp;
            step.IsInvalid = true;
            return;
        }

        if (acknowledges && !IsAcknowledgmentPossible(in sender, in receiver, packet.TcpAcknowledgment))
        {
            step.Events |= StreamEvents.InvalidAck;
            step.IsInvalid = true;
            return;
        }

        NoteOptions(ref sender, in packet);
        if (acknowledges)
        {
            Acknowledge(ref sender, in packet, sender.Scale);
        }

        Take(ref sender, in packet, packet.TcpSequence, ref step, receiver);
        sender.HasFinished |= (packet.TcpFlags & TcpFlags.Fin) != 0 && !step.IsInvalid;
        step.Closes = sender.HasFinished && receiver.HasFinished;
        flow.Stage = step.Closes ? FlowStage.Closed : flow.Stage;
    }

    private static void Reset(ref FlowState flow, ref TcpSide sender, ref TcpSide receiver, in PacketFacts packet, ref TcpStep step)
    {
        bool isReal = flow.Stage switch
        {
            FlowStage.New or FlowStage.Midstream => false,
            FlowStage.SynSeen => packet.TcpAcknowledgment == receiver.Next || step.ToServer,
            _ => packet.TcpSequence == sender.Next || (receiver.HasAcknowledged && packet.TcpSequence == receiver.Acknowledged),
        };
        step.IsInvalid = !isReal;
        step.Resets = isReal;
        sender.HasReset |= isReal;
        step.Events |= isReal ? StreamEvents.None : flow.Stage is FlowStage.New or FlowStage.Midstream ? StreamEvents.ResetWithoutSession : StreamEvents.ResetInvalid;
        flow.Stage = isReal ? FlowStage.Closed : flow.Stage == FlowStage.New ? FlowStage.Midstream : flow.Stage;
    }

    private static void Begin(ref TcpSide side, uint first)
    {
        side.HasFirst = true;
        side.First = side.Next = first;
        side.Sent = 0;
    }

    private static void NoteOptions(ref TcpSide sender, in PacketFacts packet)
    {
        if (packet.HasTcpTimestamp)
        {
            sender.Timestamp = sender.HasTimestamp ? TcpSequence.Later(sender.Timestamp, packet.TcpTimestamp) : packet.TcpTimestamp;
            sender.HasTimestamp = true;
        }
    }

    // Who answers a SYN echoes the time in it; a client takes no answer that does not (RFC 7323 section 4.1).
    private static bool EchoesNothing(in TcpSide receiver, in PacketFacts packet) =>
        packet.HasTcpTimestamp && receiver.HasTimestamp && packet.TcpTimestampEcho != 0 && receiver.Timestamp - packet.TcpTimestampEcho > MaxSynAge;

    private static bool IsTooOld(in TcpSide sender, in PacketFacts packet) =>
        packet.HasTcpTimestamp && sender.HasTimestamp && TcpSequence.IsBefore(packet.TcpTimestamp, sender.Timestamp);

    // What was lost on the way to the detector may be acknowledged, but not what no window allowed to be sent.
    private static bool IsAcknowledgmentPossible(in TcpSide sender, in TcpSide receiver, uint acknowledgment)
    {
        uint allowed = Math.Max(sender.Window, 1u << 16);
        return !TcpSequence.IsBefore(receiver.Next + allowed, acknowledgment);
    }

    private static void Acknowledge(ref TcpSide sender, in PacketFacts packet, byte scale)
    {
        sender.Acknowledged = sender.HasAcknowledged ? TcpSequence.Later(sender.Acknowledged, packet.TcpAcknowledgment) : packet.TcpAcknowledgment;
        sender.HasAcknowledged = true;
        sender.Window = (uint)packet.TcpWindow << scale;
    }

    private static void Take(ref TcpSide sender, in PacketFacts packet, uint sequence, ref TcpStep step, in TcpSide receiver = default)
    {
        int length = packet.Payload.Length;
        bool isBeyond = receiver.HasAcknowledged && TcpSequence.IsBefore(receiver.Acknowledged + Math.Max(receiver.Window, 1), sequence + (uint)Math.Min(length, 1));
        if (isBeyond)
        {
            step.Events |= StreamEvents.OutOfWindow;
            step.IsInvalid = true;
            return;
        }

        step.Offset = sender.Sent + (int)(sequence - sender.Next);
        step.TakesData = length > 0 && step.Offset + length > 0;
        step.Events |= length > 0 && step.Offset < 0 ? StreamEvents.BeforeBase : StreamEvents.None;
        long end = step.Offset + length;
        if (end > sender.Sent)
        {
            sender.Next += (uint)(end - sender.Sent);
            sender.Sent = end;
        }
    }
}
