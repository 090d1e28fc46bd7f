using Weft.Ports.Linux;

namespace Weft.Ports.Memif;

/// <summary>A piece of memory that two processes share.</summary>
internal sealed unsafe class MemifMemory : IDisposable
{
    private const uint CloseOnExec = 1;
    private const uint AllowSealing = 2;
    private const int AddSeals = 1033;
    private const int GetSeals = 1034;
    private const int SealShrink = 2;

    /// <summary>Far more than 16 rings of 16,384 buffers need; a peer that names more wants this process' address space.</summary>
    private const ulong MostBytes = 4UL << 30;

    private const int End = 2;

    private MemifMemory(int descriptor, ulong bytes)
    {
        (Descriptor, Bytes) = (descriptor, bytes);
        nint mapped = Libc.mmap(0, (nint)bytes, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, descriptor, 0);
        Start = mapped == -1 ? throw LinuxError.Create($"cannot map {bytes} bytes of shared memory") : (byte*)mapped;
    }

    public int Descriptor { get; }

    public ulong Bytes { get; }

    public byte* Start { get; }

    /// <summary>Makes one that can not shrink.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    public static MemifMemory Create(ulong bytes)
    {
        byte* name = stackalloc byte[] { (byte)'m', (byte)'e', (byte)'m', (byte)'i', (byte)'f', 0 };
        int descriptor = LinuxError.Check(Libc.memfd_create(name, CloseOnExec | AllowSealing), "cannot make shared memory");
        try
        {
            LinuxError.Check(Libc.ftruncate(descriptor, (nint)bytes), $"cannot make {bytes} bytes of shared memory");
            LinuxError.Check(Libc.fcntl(descriptor, AddSeals, SealShrink), "cannot seal shared memory");
            return new MemifMemory(descriptor, bytes);
        }
        catch
        {
            _ = Libc.close(descriptor);
            throw;
        }
    }

    /// <summary>
    /// Maps what a peer has made, and owns its descriptor. Memory that the peer could still shrink is refused: to touch what is no longer there would end this
    /// process.
    /// </summary>
    /// <exception cref="IOException">It is not what the peer says, or could become so.</exception>
    public static MemifMemory Map(int descriptor, ulong bytes)
    {
        try
        {
            int seals = Libc.fcntl(descriptor, GetSeals, 0);
            if (seals < 0 || (seals & SealShrink) == 0)
            {
                throw new IOException("memory that can shrink");
            }

            if (bytes is 0 or > MostBytes || (ulong)Libc.lseek(descriptor, 0, End) < bytes)
            {
                throw new IOException("less memory than it says");
            }

            return new MemifMemory(descriptor, bytes);
        }
        catch
        {
            _ = Libc.close(descriptor);
            throw;
        }
    }

    /// <summary>True if a piece lies inside.</summary>
    public bool Contains(ulong offset, ulong length) => offset <= Bytes && length <= Bytes - offset;

    public void Dispose()
    {
        _ = Libc.munmap((nint)Start, (nint)Bytes);
        _ = Libc.close(Descriptor);
    }
}
