namespace Weft.Fuzz.Loop;

/// <summary>What a run of one target came to.</summary>
internal sealed record FuzzReport(string Target, long Cases, TimeSpan Elapsed, int BlocksReached, int Blocks, int Kept, IReadOnlyList<FuzzFault> Faults)
{
    public double CasesPerSecond => Cases / Math.Max(Elapsed.TotalSeconds, 1e-9);
}

/// <summary>An input that did harm, and what it did.</summary>
internal sealed record FuzzFault(byte[] Input, string What)
{
    /// <summary>Faults that look alike are one: the kind of exception and where it came from.</summary>
    public string Kind => What.Split('\n') is [var first, .. var frames]
        ? first.Split(':')[0] + frames.FirstOrDefault(frame => frame.Contains(" at Weft.", StringComparison.Ordinal) && !frame.Contains("Weft.Fuzz", StringComparison.Ordinal))
        : What;
}
