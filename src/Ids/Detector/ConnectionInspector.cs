using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Ids;

/// <summary>Takes segments into their streams, and both streams to inspection.</summary>
internal sealed class ConnectionInspector(StreamStore store, AppStore apps, StreamInspector streams, DetectorOptions options, DetectorMeter meter)
{
    private const int ChecksumOffset = 16;

    public StreamInspector Streams => streams;

    /// <summary>Who tells of messages; null if nobody wants to know.</summary>
    public ConversationTeller? Teller { get; init; }

    /// <summary>Takes a segment.</summary>
    /// <param name="inspection">The packet.</param>
    /// <param name="step">What it means for its connection.</param>
    /// <param name="writable">The frame, if it may be changed; empty otherwise.</param>
    /// <param name="networkOffset">Where the IP header begins in it.</param>
    /// <param name="policy">How the receiver decides overlaps.</param>
    /// <param name="isChanged">True if the frame was changed.</param>
    /// <returns>True if the segment must not go on: there is no room to remember what it brings.</returns>
    public bool Take(ref Inspection inspection, in TcpStep step, Span<byte> writable, int networkOffset, OverlapPolicy policy, out bool isChanged)
    {
        isChanged = false;
        ref FlowState flow = ref inspection.Flow;
        ref TcpSide sender = ref step.ToServer ? ref flow.Client : ref flow.Server;
        ref TcpSide receiver = ref step.ToServer ? ref flow.Server : ref flow.Client;
        if (step.IsInvalid)
        {
            meter.Counters.InvalidSegments++;
            return false;
        }

        bool mustDrop = false;
        if (step.TakesData && !sender.IsDone)
        {
            mustDrop = Insert(ref inspection, in step, ref sender, writable, networkOffset, policy, out isChanged);
        }

        if (sender.HasAcknowledged)
        {
            Acknowledge(ref receiver, sender.Acknowledged);
            if (streams.HasMore(in receiver))
            {
                Inspection other = Other(ref inspection);
                streams.Deliver(ref other, ref receiver, everything: false);
                inspection.Packet.StreamEvents |= other.Packet.StreamEvents;
            }
        }

        // Of a connection seen in one direction nobody acknowledges anything.
        streams.Deliver(ref inspection, ref sender, everything: options.AcceptOneSide && !receiver.HasAcknowledged);
        return mustDrop;
    }

    /// <summary>Takes all that is held of both directions to inspection and forgets it.</summary>
    public void Close(ref Inspection inspection)
    {
        Flush(ref inspection);
        Teller?.TellUnanswered(ref inspection);
        ref FlowState flow = ref inspection.Flow;
        Release(ref flow);
        flow.Client.IsDone = flow.Server.IsDone = true;
    }

    /// <summary>Takes all that is held of both directions to inspection.</summary>
    public void Flush(ref Inspection inspection)
    {
        Inspection other = Other(ref inspection);
        ref FlowState flow = ref inspection.Flow;
        if (inspection.ToServer)
        {
            CloseSide(ref inspection, ref flow.Client);
            CloseSide(ref other, ref flow.Server);
        }
        else
        {
            CloseSide(ref other, ref flow.Client);
            CloseSide(ref inspection, ref flow.Server);
        }
    }

    /// <summary>Gives back what a conversation holds.</summary>
    public void Release(ref FlowState flow)
    {
        Release(ref flow.Client);
        Release(ref flow.Server);
        if (apps.Slots.IsHeld(flow.Session, flow.SessionUse))
        {
            apps.Slots.Return(flow.Session);
        }
    }

    private void Release(ref TcpSide side)
    {
        if (store.Slots.IsHeld(side.Stream, side.StreamUse))
        {
            store.Slots.Return(side.Stream);
        }

        side.StreamUse = 0;
    }

    private static Inspection Other(ref Inspection inspection)
    {
        Inspection other = inspection;
        other.ToServer = !inspection.ToServer;
        other.Packet = inspection.Packet.Reversed();
        return other;
    }

    private void CloseSide(ref Inspection inspection, ref TcpSide side)
    {
        streams.Deliver(ref inspection, ref side, everything: true);
        streams.End(ref inspection);
    }

    private bool Insert(ref Inspection inspection, in TcpStep step, ref TcpSide sender, Span<byte> writable, int networkOffset, OverlapPolicy policy, out bool isChanged)
    {
        isChanged = false;
        if (!store.Slots.IsHeld(sender.Stream, sender.StreamUse))
        {
            bool isLost = sender.StreamUse != 0;
            sender.Stream = store.Slots.Take(out sender.StreamUse, out bool isEvicted);
            meter.Counters.StreamsLost += isEvicted ? 1 : 0;

            // Of a stream that gave way the rest is looked at as of one that begins anew, but not from its first byte.
            long begin = isLost ? Math.Max(0, step.Offset) : 0;
            long start = begin / (options.StreamWindowBytes / 2) * (options.StreamWindowBytes / 2);
            store[sender.Stream] = new StreamState { Base = start, Window = begin, Inspected = begin, Scanned = begin, Edge = begin, Acknowledged = begin };
        }

        store.Slots.Touch(sender.Stream);
        ref StreamState stream = ref store[sender.Stream];
        ReadOnlySpan<byte> data = inspection.Packet.Payload;
        int payloadOffset = networkOffset + inspection.Packet.PayloadOffset;
        Span<byte> rewritable = writable.IsEmpty ? default : writable.Slice(payloadOffset, data.Length);
        bool firstWins = options.IsInline;
        isChanged = TakeUrgent(ref inspection.Packet, ref stream, step.Offset, writable, networkOffset);
        OverlapPolicy kept = firstWins ? OverlapPolicy.First : policy;
        bool goesOn = step.Offset == stream.Edge && stream.UrgentCount == 0;
        InsertOutcome outcome = stream.UrgentCount > 0
            ? UrgentBytes.Insert(ref stream, store.BytesOf(sender.Stream), step.Offset, data, kept)
            : StreamAssembler.Insert(ref stream, store.BytesOf(sender.Stream), step.Offset, data, kept, rewritable);
        inspection.Packet.StreamEvents |= outcome.Events;
        meter.Counters.StreamBytesRefused += outcome.Refused;
        bool isConflict = (outcome.Events & StreamEvents.OverlapDifferentData) != 0;
        meter.Counters.Conflicts += isConflict ? 1 : 0;
        inspection.IsInStream = outcome.Refused < data.Length;
        bool mustDrop = options.IsInline && (outcome.Refused > 0 || (isConflict && !outcome.IsRewritten));
        if (outcome.IsRewritten)
        {
            isChanged = true;
            Checksum(ref inspection.Packet, writable[networkOffset..]);
        }

        if (options.IsInline && inspection.IsInStream && step.Offset > stream.Edge)
        {
            streams.LookAhead(ref inspection, ref sender, step.Offset);
        }
        else if (outcome.IsRewritten)
        {
            streams.LookAgain(ref inspection, ref sender, step.Offset, data.Length);
        }

        else if (goesOn && outcome.Refused == 0 && !isConflict)
        {
            streams.ScanSegment(ref inspection, in sender, step.Offset, data.Length);
        }

        meter.Counters.Normalized += outcome.IsRewritten || mustDrop ? 1 : 0;
        return mustDrop;
    }

    /// <summary>Leaves the segment's urgent byte out of the stream or, where packets are changed, makes it one like the others.</summary>
    /// <returns>True if the packet was changed.</returns>
    private bool TakeUrgent(ref PacketFacts packet, ref StreamState stream, long offset, Span<byte> writable, int networkOffset)
    {
        int urgent = UrgentBytes.Find(in packet);
        meter.Counters.UrgentSegments += urgent >= 0 ? 1 : 0;
        if (urgent < 0 || (writable.IsEmpty && options.Urgent == UrgentPolicy.Inline))
        {
            return false;
        }

        if (writable.IsEmpty)
        {
            UrgentBytes.Note(ref stream, offset + urgent);
            return false;
        }

        UrgentBytes.Unmark(writable[(networkOffset + packet.TransportOffset)..]);
        Checksum(ref packet, writable[networkOffset..]);
        return true;
    }

    private static void Checksum(ref PacketFacts packet, Span<byte> network)
    {
        Span<byte> segment = network[packet.TransportOffset..packet.Network.Length];
        uint pseudo = packet.Version == 4
            ? InternetChecksum.PseudoHeader(new IPv4Address((uint)packet.Source.Low), new IPv4Address((uint)packet.Destination.Low), IpProtocol.Tcp, segment.Length)
            : InternetChecksum.PseudoHeader(packet.Source, packet.Destination, IpProtocol.Tcp, segment.Length);
        segment.Slice(ChecksumOffset, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(segment[ChecksumOffset..], InternetChecksum.Compute(segment, pseudo));
    }

    private void Acknowledge(ref TcpSide side, uint acknowledgment)
    {
        if (store.Slots.IsHeld(side.Stream, side.StreamUse))
        {
            ref StreamState stream = ref store[side.Stream];
            long offset = side.Sent + (int)(acknowledgment - side.Next);

            // The number that a FIN takes is not a byte.
            stream.Acknowledged = Math.Max(stream.Acknowledged, UrgentBytes.OffsetOf(in stream, Math.Min(offset, side.Sent)));
        }
    }
}
