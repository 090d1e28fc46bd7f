using System.Runtime.InteropServices;

namespace Weft.Flows.Tables;

/// <summary>Zeroed native memory, aligned for its size, touched at once so that no packet meets a page fault.</summary>
/// <remarks>
/// Blocks of 2 MiB and more are mapped and unmapped on Linux. An allocator would keep the larger ones in its arenas once it has seen one of them freed, and a process that builds its tables
/// anew with every reload would need more with each.
/// </remarks>
public sealed unsafe partial class NativeBlock : IDisposable
{
    private const int CacheLine = 64;
    private const int HugePage = 2 << 20;
    private const int AdviceHugePage = 14; // MADV_HUGEPAGE
    private const int ReadWrite = 3; // PROT_READ | PROT_WRITE
    private const int PrivateAnonymous = 0x22; // MAP_PRIVATE | MAP_ANONYMOUS

    private static long _allocated, _abandoned;

    private readonly bool _isMapped;

    /// <summary>Allocates <paramref name="bytes"/> zeros.</summary>
    /// <exception cref="InsufficientMemoryException">The system has not that much.</exception>
    public NativeBlock(nuint bytes, bool hugePages)
    {
        bool large = bytes >= HugePage;
        nuint alignment = large ? (nuint)HugePage : CacheLine;
        Bytes = (bytes + alignment - 1) & ~(alignment - 1);
        _isMapped = large && OperatingSystem.IsLinux();
        Start = _isMapped ? Map(Bytes) : (byte*)NativeMemory.AlignedAlloc(Bytes, alignment);
        if (_isMapped && hugePages)
        {
            // Advice before the first touch: pages that exist already would have to be collapsed by the kernel later.
            _ = MemoryAdvise(Start, Bytes, AdviceHugePage);
        }

        NativeMemory.Clear(Start, Bytes);
        _ = Interlocked.Add(ref _allocated, (long)Bytes);
    }

    /// <summary>Frees memory that nobody disposed.</summary>
    ~NativeBlock()
    {
        if (Start is not null)
        {
            _ = Interlocked.Increment(ref _abandoned);
        }

        Free();
    }

    /// <summary>What all blocks of this process take now, in bytes.</summary>
    public static long BytesOfProcess => Interlocked.Read(ref _allocated);

    /// <summary>Blocks that were not disposed and that the collector found: whoever had them forgot it.</summary>
    public static long Abandoned => Interlocked.Read(ref _abandoned);

    /// <summary>First byte; null after disposal.</summary>
    public byte* Start { get; private set; }

    /// <summary>Size, rounded up to whole lines or huge pages.</summary>
    public nuint Bytes { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Maps one huge page more, and gives back what is in front of and behind the aligned part.</summary>
    private static byte* Map(nuint bytes)
    {
        byte* mapped = MemoryMap(null, bytes + HugePage, ReadWrite, PrivateAnonymous, -1, 0);
        if ((nint)mapped == -1)
        {
            throw new InsufficientMemoryException($"The system has no {bytes:N0} bytes for a table.");
        }

        byte* start = (byte*)(((nuint)mapped + HugePage - 1) & ~(nuint)(HugePage - 1));
        nuint before = (nuint)(start - mapped);
        if (before > 0)
        {
            _ = MemoryUnmap(mapped, before);
        }

        _ = MemoryUnmap(start + bytes, HugePage - before);
        return start;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(void* address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* MemoryMap(void* address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int MemoryUnmap(void* address, nuint length);

    private void Free()
    {
        if (Start is null)
        {
            return;
        }

        if (_isMapped)
        {
            _ = MemoryUnmap(Start, Bytes);
        }
        else
        {
            NativeMemory.AlignedFree(Start);
        }

        Start = null;
        _ = Interlocked.Add(ref _allocated, -(long)Bytes);
    }
}
