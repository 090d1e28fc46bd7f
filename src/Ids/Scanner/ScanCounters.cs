namespace Weft.Ids;

/// <summary>What scans did, added up. Ratios to <see cref="Bytes"/> say how well the filters suit set and traffic.</summary>
public struct ScanCounters
{
    /// <summary>Bytes that were handed in.</summary>
    public long Bytes;

    /// <summary>Positions that passed a filter.</summary>
    public long Candidates;

    /// <summary>Comparisons of a whole pattern with the data, after eight of its bytes were found; at most sixteen a candidate.</summary>
    public long Comparisons;

    /// <summary>Steps of automata, failure links included; at most four a byte.</summary>
    public long Transitions;

    /// <summary>Matches that were reported, a run counted once.</summary>
    public long Matches;
}
