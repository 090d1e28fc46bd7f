namespace Weft.Ids;

/// <summary>Receives what a scan finds. Implement it as a struct: the calls are then compiled into the scanner.</summary>
public interface IMatchSink
{
    /// <summary>A pattern was found.</summary>
    /// <param name="pattern">Its number in the set.</param>
    /// <param name="end">Offset of the byte behind its last one; in a stream, from the stream's start.</param>
    /// <returns>False to end the scan.</returns>
    bool OnMatch(int pattern, long end);

    /// <summary>
    /// A pattern that is one byte repeated was found at every end from <paramref name="firstEnd"/> to
    /// <paramref name="lastEnd"/>. A long run costs one call and not one for each position. (A byte alone that is a pattern may
    /// come by <see cref="OnMatch"/>: there are many of these.)
    /// </summary>
    /// <param name="pattern">Its number in the set.</param>
    /// <param name="firstEnd">Offset behind the first occurrence.</param>
    /// <param name="lastEnd">Offset behind the last occurrence, included.</param>
    /// <returns>False to end the scan.</returns>
    bool OnRun(int pattern, long firstEnd, long lastEnd);
}
