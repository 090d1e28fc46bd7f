using System.Runtime.CompilerServices;

namespace Weft.Ids;

/// <summary>
/// A pattern that is hardly more than one byte repeated. Its other bytes fix where the run in the data begins or ends, so it is
/// looked for once a run and not at each of its bytes.
/// </summary>
/// <param name="Value">The byte.</param>
/// <param name="Before">Bytes of the pattern in front of the run.</param>
/// <param name="Run">Length of the run in the pattern.</param>
/// <param name="Entry">The pattern.</param>
internal readonly record struct RunEdge(byte Value, int Before, int Run, WindowEntry Entry)
{
    /// <summary>Shortest run that is worth it.</summary>
    public const int MinRun = 4;

    /// <summary>Patterns with one byte that are compared at the edges of its runs.</summary>
    public const int MaxShared = 64;

    /// <summary>True if the pattern has bytes on both sides of the run, so that no longer run is one of it.</summary>
    public bool IsExact { get; } = Before > 0 && Before + Run < Entry.Length;

    /// <summary>Finds the longest run of a pattern that has other bytes too.</summary>
    public static bool TryFind(ReadOnlySpan<byte> pattern, out int before, out int run)
    {
        (before, run) = (0, 0);
        for (int start = 0; start < pattern.Length;)
        {
            int length = pattern[start..].IndexOfAnyExcept(pattern[start]);
            length = length < 0 ? pattern.Length - start : length;
            (before, run) = length > run ? (start, length) : (before, run);
            start += length;
        }

        return run >= MinRun && run < pattern.Length;
    }

    /// <summary>Where the pattern begins if it has the run of data that is given, which is as long as its own or longer.</summary>
    /// <returns>Less than zero if it cannot have it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int StartAt(int runStart, int runEnd) =>
        IsExact && runEnd - runStart != Run ? -1 : Before > 0 ? runStart - Before : runEnd - Run;
}
