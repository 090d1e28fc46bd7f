using System.Runtime.InteropServices;

namespace Weft.Ports;

/// <summary>
/// The buffers of a group of pools: one piece of memory, the generation of each buffer, and the way home for buffers that
/// are returned to another pool of the group than they were rented from.
/// </summary>
/// <remarks>
/// The way home is a list a pool, linked through the buffers' numbers: any thread puts a buffer at its head with one
/// compare-and-swap, the owner takes the whole list with one exchange. Nobody takes a single element, so an element that
/// comes back meanwhile confuses nobody, and the list needs no capacity: a buffer is in it at most once.
/// </remarks>
internal sealed unsafe class PacketMemory
{
    /// <summary>Buffers start at multiples of a cache line so that two of them never share one.</summary>
    private const int CacheLine = 64;
    private const int MaxMembers = 64;

    /// <summary>Room in front of a superframe's buffer for what is left to do to it, and for the kernel's copy of that when nothing else of the headroom is left.</summary>
    public const int SuperframePrefix = CacheLine;

    /// <summary>Heads of the lists, on cache lines of their own and off the pair that prefetching brings.</summary>
    private const int HeadSpacing = 2 * CacheLine / sizeof(int);

    /// <summary>One more than the number of a list's first buffer, 0 if it is empty; likewise in <see cref="_links"/>.</summary>
    private readonly int[] _heads;
    private readonly int[] _links;
    private readonly int _ways;
    private void* _allocation;
    private int _members;

    public PacketMemory(PacketPoolOptions options, int members)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require(options.Buffers, 1, 1 << 20, nameof(options.Buffers));
        Require(options.BufferBytes, 256, 1 << 18, nameof(options.BufferBytes));
        Require(options.HeadroomBytes, 0, options.BufferBytes / 2, nameof(options.HeadroomBytes));
        Require(options.SuperframeBuffers, 0, 1024, nameof(options.SuperframeBuffers));
        if (members is < 1 or > MaxMembers)
        {
            throw new ArgumentOutOfRangeException(nameof(members), members, $"members must be 1 to {MaxMembers}");
        }

        BufferBytes = (options.BufferBytes + CacheLine - 1) & ~(CacheLine - 1);
        HeadroomBytes = options.HeadroomBytes;
        BuffersEach = options.Buffers;
        SuperframesEach = options.SuperframeBuffers;
        Frames = BuffersEach * members;
        int buffers = Frames + SuperframesEach * members;
        // An odd number of cache lines from one buffer to the next: at a power of two the first lines of a whole vector of
        // packets, the ones every stage reads, would fall into a few sets of the first-level cache and evict each other.
        Stride = BufferBytes + (BufferBytes / CacheLine % 2 == 0 ? CacheLine : 0);
        SuperframeBytes = (HeadroomBytes + ushort.MaxValue + CacheLine) & ~(CacheLine - 1);
        SuperframeStride = SuperframePrefix + SuperframeBytes + (SuperframeBytes / CacheLine % 2 == 0 ? 0 : CacheLine);
        // Zeroed by the allocator, so that the pages of buffers that are never rented are never touched.
        _allocation = NativeMemory.AllocZeroed((nuint)Stride * (nuint)Frames + (nuint)SuperframeStride * (nuint)(buffers - Frames) + CacheLine);
        Start = (byte*)(((nuint)_allocation + CacheLine - 1) & ~(nuint)(CacheLine - 1));
        Generations = new uint[buffers];
        _links = new int[members > 1 ? buffers : 0];
        _heads = new int[(2 * members + 1) * HeadSpacing];
        _members = _ways = members;
    }

    /// <summary>Releases the memory of pools that nobody disposed.</summary>
    ~PacketMemory() => Free();

    public int BufferBytes { get; }

    public int HeadroomBytes { get; }

    public int BuffersEach { get; }

    public int SuperframesEach { get; }

    /// <summary>Ordinary buffers of all members; the numbers from here on are those of superframes.</summary>
    public int Frames { get; }

    /// <summary>Bytes of a buffer for a superframe, headroom included.</summary>
    public int SuperframeBytes { get; }

    /// <summary>Bytes from one buffer for superframes to the next; each has a description in front.</summary>
    public nint SuperframeStride { get; }

    /// <summary>The first buffer for superframes, behind its description.</summary>
    public byte* FirstSuperframe => Start + Stride * Frames + SuperframePrefix;

    /// <summary>Bytes from one buffer to the next.</summary>
    public nint Stride { get; }

    /// <summary>The first buffer.</summary>
    public byte* Start { get; }

    /// <summary>How often each buffer was rented and returned; who holds the buffer writes it.</summary>
    public uint[] Generations { get; }

    /// <summary>Puts a buffer that was returned elsewhere on its way home.</summary>
    public void SendHome(int buffer)
    {
        // Superframes have lists of their own behind the others.
        int way = buffer < Frames ? buffer / BuffersEach : _ways + (buffer - Frames) / SuperframesEach;
        ref int head = ref _heads[(way + 1) * HeadSpacing];
        int seen = Volatile.Read(ref head);
        while (true)
        {
            _links[buffer] = seen;
            int found = Interlocked.CompareExchange(ref head, buffer + 1, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    /// <summary>Takes all ordinary buffers that are on their way home to a member.</summary>
    /// <returns>Buffers written to <paramref name="free"/>, which has room for all that are away.</returns>
    public int TakeHome(int member, Span<int> free) => Take(ref _heads[(member + 1) * HeadSpacing], free);

    /// <summary>The same for superframes.</summary>
    public int TakeSuperframesHome(int member, Span<int> free) => Take(ref _heads[(_ways + member + 1) * HeadSpacing], free);

    private int Take(ref int head, Span<int> free)
    {
        if (Volatile.Read(ref head) == 0)
        {
            return 0;
        }

        int count = 0;
        for (int at = Interlocked.Exchange(ref head, 0); at != 0; at = _links[at - 1])
        {
            free[count++] = at - 1;
        }

        return count;
    }

    /// <summary>A member is done; the last one frees the memory.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _members) == 0)
        {
            Free();
        }
    }

    private void Free()
    {
        NativeMemory.Free(_allocation);
        _allocation = null;
    }

    private static void Require(int value, int min, int max, string option)
    {
        if (value < min || value > max)
        {
            throw new ArgumentOutOfRangeException(option, value, $"PacketPoolOptions.{option} must be {min} to {max}");
        }
    }
}
