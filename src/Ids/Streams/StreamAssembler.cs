namespace Weft.Ids;

/// <summary>What became of a segment's bytes.</summary>
internal struct InsertOutcome
{
    public StreamEvents Events;

    /// <summary>Bytes for which there was no room.</summary>
    public int Refused;

    /// <summary>True if bytes of the segment itself were changed to those that came first.</summary>
    public bool IsRewritten;
}

/// <summary>Puts segments into a stream's buffer, with holes, overlaps and repetitions.</summary>
internal static class StreamAssembler
{
    /// <summary>Inserts a segment.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="buffer">Its buffer.</param>
    /// <param name="start">Offset of the segment's first byte.</param>
    /// <param name="data">Its bytes.</param>
    /// <param name="policy">Whose bytes count where segments overlap.</param>
    /// <param name="rewritable">The same bytes in the packet, if they may be changed to what counts: then the first always wins. Empty if not.</param>
    public static InsertOutcome Insert(ref StreamState stream, Span<byte> buffer, long start, ReadOnlySpan<byte> data, OverlapPolicy policy, Span<byte> rewritable)
    {
        InsertOutcome outcome = default;
        long first = start;
        long end = start + data.Length;
        if (end > stream.Base + buffer.Length)
        {
            outcome.Refused = (int)Math.Min(data.Length, end - stream.Base - buffer.Length);
            end -= outcome.Refused;
        }

        // What was looked at stays as it was.
        if (start < stream.Inspected)
        {
            outcome.Events |= StreamEvents.Retransmission;
            long from = Math.Max(start, stream.Base);
            long to = Math.Min(end, stream.Inspected);
            if (from < to)
            {
                Compare(ref stream, buffer, from, to, data[(int)(from - first)..], Rest(rewritable, from - first), later: false, ref outcome);
            }

            start = Math.Min(end, stream.Inspected);
        }

        if (start >= end)
        {
            return outcome;
        }

        Span<StreamPiece> added = stackalloc StreamPiece[StreamPieces.Count + 1];
        int addedCount = 0;
        long at = start;
        for (int i = 0; i < stream.PieceCount && at < end; i++)
        {
            StreamPiece old = stream.Pieces[i];
            if (old.End <= at || old.Start >= end)
            {
                continue;
            }

            if (at < old.Start)
            {
                added[addedCount++] = new StreamPiece { Start = at, End = old.Start };
                at = old.Start;
            }

            long to = Math.Min(end, old.End);
            bool later = rewritable.IsEmpty && OverlapRules.LaterWins(policy, first, first + data.Length, old.Start, old.End);
            Compare(ref stream, buffer, at, to, data[(int)(at - first)..], Rest(rewritable, at - first), later, ref outcome);
            at = to;
        }

        if (at < end)
        {
            added[addedCount++] = new StreamPiece { Start = at, End = end };
        }

        foreach (StreamPiece piece in added[..addedCount])
        {
            if (!TryAdd(ref stream, piece))
            {
                outcome.Refused += (int)(piece.End - piece.Start);
                continue;
            }

            data.Slice((int)(piece.Start - first), (int)(piece.End - piece.Start)).CopyTo(buffer[(int)(piece.Start - stream.Base)..]);
        }

        MoveEdge(ref stream);
        return outcome;
    }

    /// <summary>Leaves out what did not come although the receiver has it: the stream goes on with the next piece that did.</summary>
    public static void SkipHole(ref StreamState stream, long most)
    {
        long next = stream.PieceCount > 0 ? Math.Min(stream.Pieces[0].Start, most) : most;
        stream.Edge = stream.Inspected = stream.Window = Math.Max(next, stream.Edge);
        MoveEdge(ref stream);
    }

    /// <summary>Forgets pieces that were looked at.</summary>
    public static void DropInspected(ref StreamState stream)
    {
        int kept = 0;
        for (int i = 0; i < stream.PieceCount; i++)
        {
            if (stream.Pieces[i].End > stream.Inspected)
            {
                stream.Pieces[kept++] = stream.Pieces[i];
            }
        }

        stream.PieceCount = kept;
    }

    private static Span<byte> Rest(Span<byte> bytes, long from) => bytes.IsEmpty ? bytes : bytes[(int)from..];

    private static void Compare(ref StreamState stream, Span<byte> buffer, long from, long to, ReadOnlySpan<byte> data, Span<byte> rewritable, bool later, ref InsertOutcome outcome)
    {
        int length = (int)(to - from);
        Span<byte> kept = buffer.Slice((int)(from - stream.Base), length);
        if (kept.SequenceEqual(data[..length]))
        {
            return;
        }

        outcome.Events |= StreamEvents.OverlapDifferentData;
        if (later)
        {
            data[..length].CopyTo(kept);
            stream.Scanned = Math.Min(stream.Scanned, from);
        }
        else if (!rewritable.IsEmpty)
        {
            kept.CopyTo(rewritable);
            outcome.IsRewritten = true;
        }
    }

    private static bool TryAdd(ref StreamState stream, StreamPiece piece)
    {
        int at = 0;
        while (at < stream.PieceCount && stream.Pieces[at].Start < piece.Start)
        {
            at++;
        }

        // Pieces that no policy can tell apart any more become one: those before the edge, and neighbours when places run out.
        if (at > 0 && stream.Pieces[at - 1].End == piece.Start && (stream.PieceCount == StreamPieces.Count || piece.Start < stream.Edge))
        {
            stream.Pieces[at - 1].End = piece.End;
            return true;
        }

        if (stream.PieceCount == StreamPieces.Count && !TryMerge(ref stream, ref at))
        {
            return false;
        }

        for (int i = stream.PieceCount; i > at; i--)
        {
            stream.Pieces[i] = stream.Pieces[i - 1];
        }

        stream.Pieces[at] = piece;
        stream.PieceCount++;
        return true;
    }

    private static bool TryMerge(ref StreamState stream, ref int at)
    {
        for (int i = 0; i + 1 < stream.PieceCount; i++)
        {
            if (stream.Pieces[i].End == stream.Pieces[i + 1].Start)
            {
                stream.Pieces[i].End = stream.Pieces[i + 1].End;
                stream.PieceCount--;
                for (int j = i + 1; j < stream.PieceCount; j++)
                {
                    stream.Pieces[j] = stream.Pieces[j + 1];
                }

                at -= at > i ? 1 : 0;
                return true;
            }
        }

        return false;
    }

    private static void MoveEdge(ref StreamState stream)
    {
        for (int i = 0; i < stream.PieceCount && stream.Pieces[i].Start <= stream.Edge; i++)
        {
            stream.Edge = Math.Max(stream.Edge, stream.Pieces[i].End);
        }
    }
}
