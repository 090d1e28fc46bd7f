namespace Weft.Conformance.Support;

/// <summary>Measures the bytes that a piece of code allocates on the calling thread.</summary>
public static class Allocations
{
    /// <summary>Runs <paramref name="action"/> once to warm it up and once more under measurement.</summary>
    /// <returns>Bytes allocated by the second run.</returns>
    public static long Of(Action action)
    {
        action();
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
