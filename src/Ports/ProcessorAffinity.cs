using Weft.Ports.Linux;

namespace Weft.Ports;

/// <summary>Keeps the calling thread to one processor (sched_setaffinity(2)), so that its caches stay its own.</summary>
public static unsafe class ProcessorAffinity
{
    /// <summary>Highest number of a processor.</summary>
    public const int MaxProcessor = 1023;

    private const int Words = (MaxProcessor + 1) / 64;

    /// <summary>The processors that the calling thread may use, in order.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    public static IReadOnlyList<int> Available
    {
        get
        {
            ulong* set = stackalloc ulong[Words];
            new Span<ulong>(set, Words).Clear();
            LinuxError.Check(Libc.sched_getaffinity(0, Words * sizeof(ulong), set), "cannot ask which processors there are");
            var available = new List<int>();
            for (int processor = 0; processor <= MaxProcessor; processor++)
            {
                if ((set[processor / 64] >> (processor % 64) & 1) != 0)
                {
                    available.Add(processor);
                }
            }

            return available;
        }
    }

    /// <summary>Keeps the calling thread to a processor from now on.</summary>
    /// <param name="processor">0 to <see cref="MaxProcessor"/>, one that the process may use.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is outside its range.</exception>
    /// <exception cref="IOException">There is no such processor, or the process may not use it.</exception>
    public static void Pin(int processor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(processor);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(processor, MaxProcessor);
        ulong* set = stackalloc ulong[Words];
        new Span<ulong>(set, Words).Clear();
        set[processor / 64] = 1UL << (processor % 64);
        LinuxError.Check(Libc.sched_setaffinity(0, Words * sizeof(ulong), set), $"cannot keep to processor {processor}");
    }

    /// <summary>Lets the calling thread use several processors again.</summary>
    /// <param name="processors">Their numbers, at least one.</param>
    /// <exception cref="IOException">None of them can be used.</exception>
    public static void Release(IReadOnlyList<int> processors)
    {
        ArgumentNullException.ThrowIfNull(processors);
        ulong* set = stackalloc ulong[Words];
        new Span<ulong>(set, Words).Clear();
        foreach (int processor in processors)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)processor, (uint)MaxProcessor, nameof(processors));
            set[processor / 64] |= 1UL << (processor % 64);
        }

        LinuxError.Check(Libc.sched_setaffinity(0, Words * sizeof(ulong), set), "cannot move between processors");
    }
}
