namespace Weft.Ids;

/// <summary>
/// What is kept of a stream beside its bytes: the strings that were found in its window, so that they are looked for once, and which
/// rules alerted up to where, so that none does for the same bytes again.
/// </summary>
internal static class StreamMemory
{
    /// <summary>Bytes of the window in which all strings were found already.</summary>
    public static int KnownOf(in StreamState stream) => stream.FoundTooMany ? 0 : (int)(stream.Scanned - stream.Window);

    /// <summary>Where in the window a string may begin that ends in bytes that are not known.</summary>
    public static int StartOf(RuleGroup group, int known) => Math.Max(0, known - Math.Max(0, group.Patterns.MaxPatternLength - 1));

    /// <summary>Takes what was found in the stream's window before.</summary>
    public static void Recall(RuleCompletion completion, RuleGroup group, in StreamState stream, ReadOnlySpan<int> found)
    {
        completion.Begin(group);
        if (stream.FoundTooMany)
        {
            return;
        }

        foreach (int pattern in found[..stream.FoundOlder])
        {
            completion.Add(pattern);
        }

        foreach (int pattern in found.Slice(StreamStore.FoundPerHalf, stream.FoundNewer))
        {
            completion.Add(pattern);
        }
    }

    /// <summary>Keeps what was found since, as far as there is room.</summary>
    public static void Remember(ref StreamState stream, Span<int> found, ReadOnlySpan<int> added)
    {
        foreach (int pattern in added)
        {
            if (stream.FoundNewer == StreamStore.FoundPerHalf)
            {
                stream.FoundTooMany = true;
                break;
            }

            found[StreamStore.FoundPerHalf + stream.FoundNewer++] = pattern;
        }
    }

    /// <summary>Where the bytes end for which a rule alerted.</summary>
    public static long LastAlert(in StreamState stream, int rule)
    {
        int count = Math.Min(stream.AlertCount, StreamAlerts.Count);
        for (int i = 0; i < count; i++)
        {
            if (stream.Alerts[i].Rule == rule)
            {
                return stream.Alerts[i].Upto;
            }
        }

        return 0;
    }

    /// <summary>Notes that a rule alerted; of many the oldest is forgotten.</summary>
    public static void Note(ref StreamState stream, int rule, long upto)
    {
        int count = Math.Min(stream.AlertCount, StreamAlerts.Count);
        for (int i = 0; i < count; i++)
        {
            if (stream.Alerts[i].Rule == rule)
            {
                stream.Alerts[i].Upto = upto;
                return;
            }
        }

        stream.Alerts[stream.AlertCount++ % StreamAlerts.Count] = new StreamAlert { Rule = rule, Upto = upto };
    }
}
