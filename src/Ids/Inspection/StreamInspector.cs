namespace Weft.Ids;

/// <summary>
/// Takes what is whole of a stream to the reader of its application and compares it with the rules for streams, in windows
/// that begin at fixed places of the stream and overlap by half: a match is found wherever segments were cut.
/// </summary>
internal sealed class StreamInspector(StreamStore store, AppStore apps, SessionReader sessions, RuleMatcher matcher, DetectorOptions options)
{
    private readonly int _half = options.StreamWindowBytes / 2;

    /// <summary>The rules in use, and how often they were exchanged.</summary>
    public ImageScratch? Scratch { get; set; }

    public int Generation { get; set; }

    /// <summary>Looks at what one direction has that was not looked at yet.</summary>
    /// <param name="inspection">With packet and direction of that stream.</param>
    /// <param name="side">The side that sent it.</param>
    /// <param name="everything">True to take what was not acknowledged, too: nothing more will come.</param>
    public void Deliver(ref Inspection inspection, ref TcpSide side, bool everything)
    {
        if (!store.Slots.IsHeld(side.Stream, side.StreamUse))
        {
            return;
        }

        ref StreamState stream = ref store[side.Stream];
        Span<byte> buffer = store.BytesOf(side.Stream);
        bool eager = everything || options.IsInline;
        while (!side.IsDone)
        {
            bool isFull = stream.Edge - stream.Base > buffer.Length - options.StreamWindowBytes / 4;
            long target = eager || isFull ? stream.Edge : Math.Min(stream.Edge, stream.Acknowledged);
            if (stream.Inspected < target)
            {
                long until = Math.Min(target, stream.Base + options.StreamWindowBytes);
                Look(ref inspection, ref side, ref stream, buffer, until);
                Advance(ref side, ref stream, buffer, until);
                inspection.Packet.StreamEvents |= side.IsDone ? StreamEvents.DepthReached : StreamEvents.None;
                continue;
            }

            bool isLost = stream.Acknowledged > stream.Edge || (everything && stream.PieceCount > 0 && stream.Pieces[stream.PieceCount - 1].Start > stream.Edge);
            if (!isLost || options.IsInline)
            {
                break;
            }

            Skip(ref inspection, ref stream, buffer);
        }

        if (side.IsDone)
        {
            store.Slots.Return(side.Stream);
            side.StreamUse = 0;
        }
    }

    /// <summary>True if <see cref="Deliver"/> would find something to look at.</summary>
    public bool HasMore(in TcpSide side)
    {
        if (side.IsDone || !store.Slots.IsHeld(side.Stream, side.StreamUse))
        {
            return false;
        }

        ref StreamState stream = ref store[side.Stream];
        return options.IsInline || stream.Acknowledged > stream.Inspected || stream.Edge - stream.Base > store.BytesOf(side.Stream).Length - options.StreamWindowBytes / 4;
    }

    /// <summary>
    /// Looks for strings in a segment that goes on where its stream ended: once for the rules of the packet and for those of
    /// the stream.
    /// </summary>
    public void ScanSegment(ref Inspection inspection, in TcpSide side, long at, int length)
    {
        ref StreamState stream = ref store[side.Stream];
        long end = at + length;
        TakeGeneration(ref stream);
        if (end > stream.Base + options.StreamWindowBytes || at < stream.Window || stream.FoundTooMany)
        {
            return;
        }

        ImageScratch scratch = Scratch!;
        ushort serverPort = inspection.ToServer ? inspection.Packet.DestinationPort : inspection.Packet.SourcePort;
        RuleGroup group = scratch.Image.TcpGroup(inspection.ToServer, serverPort);
        Span<int> found = store.FoundOf(side.Stream);
        StreamMemory.Recall(scratch.Completion, group, in stream, found);
        scratch.PacketCompletion.Begin(group);
        ReadOnlySpan<byte> window = store.BytesOf(side.Stream)[(int)(stream.Window - stream.Base)..(int)(end - stream.Base)];
        int known = StreamMemory.KnownOf(in stream);
        int start = StreamMemory.StartOf(group, known);
        int before = scratch.Completion.Found.Length;
        scratch.Completion.Scan(scratch.PacketCompletion, window[start..], known - start, (int)(at - stream.Window) - start, ref matcher.Meter.Counters.Scan);
        StreamMemory.Remember(ref stream, found, scratch.Completion.Found[before..]);
        stream.Scanned = end;
        inspection.IsScanned = true;
    }

    /// <summary>
    /// Looks at bytes behind a hole, which an inline detector cannot keep back: by themselves, and once more with what is
    /// before them when the hole is filled.
    /// </summary>
    public void LookAhead(ref Inspection inspection, ref TcpSide side, long at)
    {
        ref StreamState stream = ref store[side.Stream];
        long start = 0;
        long end = 0;
        for (int i = 0; i < stream.PieceCount && end <= at; i++)
        {
            start = stream.Pieces[i].Start == end ? start : stream.Pieces[i].Start;
            end = stream.Pieces[i].End;
        }

        // Neighbours behind it belong to the run, too.
        for (int i = 0; i < stream.PieceCount; i++)
        {
            end = stream.Pieces[i].Start == end ? stream.Pieces[i].End : end;
        }

        if (start <= at && end > at)
        {
            LookAlone(ref inspection, store.BytesOf(side.Stream)[(int)(start - stream.Base)..(int)(end - stream.Base)]);
        }
    }

    /// <summary>
    /// Looks once more at the place of a segment that contradicted what was there before and was made to say the same: it was
    /// an attempt by itself.
    /// </summary>
    public void LookAgain(ref Inspection inspection, ref TcpSide side, long at, int length)
    {
        ref StreamState stream = ref store[side.Stream];
        long start = Math.Max(at, stream.Base);
        long end = Math.Min(at + length, stream.Inspected);
        if (start < end)
        {
            LookAlone(ref inspection, store.BytesOf(side.Stream)[(int)(start - stream.Base)..(int)(end - stream.Base)]);
        }
    }

    private void LookAlone(ref Inspection inspection, ReadOnlySpan<byte> run)
    {
        ImageScratch scratch = Scratch!;
        ushort serverPort = inspection.ToServer ? inspection.Packet.DestinationPort : inspection.Packet.SourcePort;
        RuleGroup group = scratch.Image.TcpGroup(inspection.ToServer, serverPort);
        scratch.Completion.Begin(group);
        scratch.Completion.Scan(run, 0, ref matcher.Meter.Counters.Scan);
        scratch.Candidates.Clear();
        scratch.Candidates.Add(group, scratch.Completion.Complete(), RulePhases.Stream);
        matcher.Buffers.Begin(scratch.Image);
        inspection.Payload = run;
        inspection.IsStream = true;
        inspection.HasBeginning = false;
        foreach (int rule in scratch.Candidates.InOrder())
        {
            matcher.TryMatch(scratch.Image, rule, ref inspection, AlertSource.Stream);
        }
    }

    /// <summary>Notes that a rule alerted on a packet of the stream, so that it does not for the same bytes again.</summary>
    public void NotePacket(ref TcpSide side, int rule, long upto)
    {
        if (store.Slots.IsHeld(side.Stream, side.StreamUse))
        {
            StreamMemory.Note(ref store[side.Stream], rule, upto);
        }
    }

    /// <summary>No more will come of the stream: messages that are open end here.</summary>
    public void End(ref Inspection inspection)
    {
        if (apps.Slots.IsHeld(inspection.Flow.Session, inspection.Flow.SessionUse))
        {
            sessions.End(ref inspection, inspection.Flow.App, inspection.Flow.Session);
        }
    }

    private void Skip(ref Inspection inspection, ref StreamState stream, Span<byte> buffer)
    {
        matcher.Meter.Counters.StreamGaps++;
        inspection.Packet.StreamEvents |= StreamEvents.Gap;
        long most = stream.Acknowledged > stream.Edge ? stream.Acknowledged : long.MaxValue;
        StreamAssembler.SkipHole(ref stream, most);

        // What lies behind the buffer's end begins a new one.
        if (stream.Inspected >= stream.Base + buffer.Length - options.StreamWindowBytes)
        {
            long moved = stream.Inspected / _half * _half;
            Move(ref stream, buffer, moved);
        }
        else
        {
            while (stream.Inspected - stream.Base >= options.StreamWindowBytes)
            {
                Move(ref stream, buffer, stream.Base + _half);
            }
        }

        stream.Forget();
        if (apps.Slots.IsHeld(inspection.Flow.Session, inspection.Flow.SessionUse))
        {
            sessions.Gap(ref inspection, inspection.Flow.App, inspection.Flow.Session);
        }
        else
        {
            inspection.Flow.AppDecided = true;
        }
    }

    private void Look(ref Inspection inspection, ref TcpSide side, ref StreamState stream, Span<byte> buffer, long until)
    {
        Span<byte> window = buffer[(int)(stream.Window - stream.Base)..(int)(until - stream.Base)];
        ReadOnlySpan<byte> added = buffer[(int)(stream.Inspected - stream.Base)..(int)(until - stream.Base)];
        matcher.Meter.Counters.StreamBytes += added.Length;
        inspection.Payload = window;
        inspection.IsStream = true;
        inspection.HasBeginning = stream.HasBeginning;
        Read(ref inspection, ref stream, window, added);
        Compare(ref inspection, ref side, ref stream, window, until);
    }

    private void Read(ref Inspection inspection, ref StreamState stream, ReadOnlySpan<byte> window, ReadOnlySpan<byte> added)
    {
        ref FlowState flow = ref inspection.Flow;
        ReadOnlySpan<byte> data = added;
        if (!flow.AppDecided && stream.HasBeginning)
        {
            ushort serverPort = inspection.ToServer ? inspection.Packet.DestinationPort : inspection.Packet.SourcePort;
            AppProtocol app = AppProbe.Stream(window, inspection.ToServer, serverPort, out bool needsMore);
            (inspection.ToServer ? ref flow.ClientApp : ref flow.ServerApp) = app;
            if (app != AppProtocol.Unknown)
            {
                flow.App = app;
                flow.AppDecided = true;
                flow.IsAppNew = true;
                flow.Session = apps.Slots.Take(out flow.SessionUse, out bool isEvicted);
                apps.Reset(flow.Session);
                matcher.Meter.Counters.SessionsLost += isEvicted ? 1 : 0;
                data = window;
            }
            else if (!needsMore)
            {
                (inspection.ToServer ? ref flow.ClientFailed : ref flow.ServerFailed) = true;
                flow.AppDecided = flow.ClientFailed && flow.ServerFailed;
                flow.IsAppNew = flow.AppDecided;
            }
        }
        else if (flow.App != AppProtocol.Unknown && stream.Inspected == 0)
        {
            AppProtocol own = AppProbe.Stream(window, inspection.ToServer, 0, out _);
            (inspection.ToServer ? ref flow.ClientApp : ref flow.ServerApp) = own == AppProtocol.Unknown ? flow.App : own;
        }

        if (apps.Slots.IsHeld(flow.Session, flow.SessionUse))
        {
            apps.Slots.Touch(flow.Session);
            sessions.Feed(ref inspection, flow.App, flow.Session, data);
            if (options.IsInline && flow.App == AppProtocol.Http)
            {
                sessions.Peek(ref inspection, flow.Session);
            }
        }
    }

    private void Compare(ref Inspection inspection, ref TcpSide side, ref StreamState stream, ReadOnlySpan<byte> window, long until)
    {
        ImageScratch scratch = Scratch!;
        ushort serverPort = inspection.ToServer ? inspection.Packet.DestinationPort : inspection.Packet.SourcePort;
        RuleGroup group = scratch.Image.TcpGroup(inspection.ToServer, serverPort);
        if (group.IsEmpty)
        {
            return;
        }

        TakeGeneration(ref stream);
        StreamMemory.Recall(scratch.Completion, group, in stream, store.FoundOf(side.Stream));
        int known = StreamMemory.KnownOf(in stream);
        if (known < window.Length)
        {
            // A pattern that ends in the new bytes may begin in those before.
            int start = StreamMemory.StartOf(group, known);
            int before = scratch.Completion.Found.Length;
            scratch.Completion.Scan(window[start..], known - start, ref matcher.Meter.Counters.Scan);
            StreamMemory.Remember(ref stream, store.FoundOf(side.Stream), scratch.Completion.Found[before..]);
            stream.Scanned = until;
        }

        Candidates candidates = scratch.Candidates;
        candidates.Clear();
        ReadOnlySpan<int> complete = scratch.Completion.Complete();
        matcher.Meter.Counters.Candidates += complete.Length;
        candidates.Add(group, complete, RulePhases.Stream);
        candidates.AddPlaced(group, stream.HasBeginning ? window : [], RulePhases.Stream);
        candidates.Add(group.OfStreams.All);
        matcher.Buffers.Begin(scratch.Image);
        foreach (int rule in candidates.InOrder())
        {
            long from = Math.Max(stream.Window, StreamMemory.LastAlert(in stream, rule));
            inspection.Payload = window[(int)(from - stream.Window)..];
            inspection.HasBeginning = from == 0;
            if (inspection.Payload.IsEmpty)
            {
                continue;
            }

            if (matcher.TryMatch(scratch.Image, rule, ref inspection, AlertSource.Stream))
            {
                StreamMemory.Note(ref stream, rule, until);
            }
        }
    }

    /// <summary>Rules that were exchanged look for other strings.</summary>
    private void TakeGeneration(ref StreamState stream)
    {
        if (stream.ImageGeneration != Generation)
        {
            stream.ImageGeneration = Generation;
            stream.AlertCount = 0;
            stream.Forget();
        }
    }

    private void Advance(ref TcpSide side, ref StreamState stream, Span<byte> buffer, long until)
    {
        stream.Inspected = until;
        StreamAssembler.DropInspected(ref stream);
        if (stream.Inspected == stream.Base + options.StreamWindowBytes)
        {
            Move(ref stream, buffer, stream.Base + _half);
            if (stream.FoundTooMany)
            {
                stream.Forget();
            }
            else
            {
                Span<int> found = store.FoundOf(side.Stream);
                found.Slice(StreamStore.FoundPerHalf, stream.FoundNewer).CopyTo(found);
                stream.FoundOlder = stream.FoundNewer;
                stream.FoundNewer = 0;
            }
        }

        if (stream.Inspected >= options.StreamDepthBytes)
        {
            side.IsDone = true;
        }
    }

    /// <summary>Makes the buffer begin further on.</summary>
    private static void Move(ref StreamState stream, Span<byte> buffer, long to)
    {
        long last = Math.Max(stream.Edge, stream.PieceCount == 0 ? 0 : stream.Pieces[stream.PieceCount - 1].End);
        long from = to - stream.Base;
        if (last > to && from < buffer.Length)
        {
            buffer[(int)from..(int)Math.Min(buffer.Length, last - stream.Base)].CopyTo(buffer);
        }

        stream.Base = to;
        stream.Window = Math.Max(stream.Window, to);
    }
}
