using System.Runtime.InteropServices;

namespace Weft.Flows.Tables;

/// <summary>Zeroed native memory, aligned for its size, touched at once so that no packet meets a page fault.</summary>
public sealed unsafe partial class NativeBlock : IDisposable
{
    private const int CacheLine = 64;
    private const int HugePage = 2 << 20;
    private const int AdviceHugePage = 14; // MADV_HUGEPAGE

    /// <summary>Allocates <paramref name="bytes"/> zeros.</summary>
    /// <exception cref="OutOfMemoryException">The system has not that much.</exception>
    public NativeBlock(nuint bytes, bool hugePages)
    {
        bool large = bytes >= HugePage;
        nuint alignment = large ? (nuint)HugePage : CacheLine;
        Bytes = (bytes + alignment - 1) & ~(alignment - 1);
        Start = (byte*)NativeMemory.AlignedAlloc(Bytes, alignment);
        if (large && hugePages && OperatingSystem.IsLinux())
        {
            // Advice before the first touch: pages that exist already would have to be collapsed by the kernel later.
            _ = MemoryAdvise(Start, Bytes, AdviceHugePage);
        }

        NativeMemory.Clear(Start, Bytes);
    }

    /// <summary>Frees memory that nobody disposed.</summary>
    ~NativeBlock() => Free();

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

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(void* address, nuint length, int advice);

    private void Free()
    {
        NativeMemory.AlignedFree(Start);
        Start = null;
    }
}
