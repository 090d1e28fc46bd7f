using System.Runtime.CompilerServices;
using Weft.Ports.Linux;

namespace Weft.Ports.AfXdp;

/// <summary>
/// One of the four rings that a socket shares with the kernel. One side only produces, the other only consumes; each publishes its position with
/// release and reads the other's with acquire, as the kernel does (Documentation/networking/af_xdp.rst).
/// </summary>
internal unsafe struct XdpRing
{
    private readonly nint _memory;
    private readonly nint _bytes;
    private readonly uint* _producer;
    private readonly uint* _consumer;
    private readonly uint* _flags;
    private readonly byte* _entries;
    private readonly uint _mask;
    private uint _own;
    private uint _seen;

    /// <param name="socket">The socket.</param>
    /// <param name="page">Which ring, as the kernel's offset.</param>
    /// <param name="offsets">The kernel's four offsets inside it: producer, consumer, entries, flags.</param>
    /// <param name="entries">Its length, a power of two.</param>
    /// <param name="entryBytes">Bytes of an entry: 16 for frames, 8 for addresses.</param>
    public XdpRing(int socket, long page, ulong* offsets, int entries, int entryBytes)
    {
        _bytes = (nint)offsets[2] + (entries * entryBytes);
        _memory = Libc.mmap(0, _bytes, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED | Libc.MAP_POPULATE, socket, (nint)page);
        if (_memory == -1)
        {
            _memory = 0;
            throw LinuxError.Create("cannot map a ring of an AF_XDP socket");
        }

        byte* start = (byte*)_memory;
        _producer = (uint*)(start + offsets[0]);
        _consumer = (uint*)(start + offsets[1]);
        _entries = start + offsets[2];
        _flags = (uint*)(start + offsets[3]);
        _mask = (uint)entries - 1;
    }

    /// <summary>True if the kernel sleeps until it is called.</summary>
    public readonly bool NeedsWakeup => (Volatile.Read(ref *_flags) & XdpConstants.RingNeedsWakeup) != 0;

    /// <summary>Producer: entries that can be written now.</summary>
    public uint Free()
    {
        _seen = Volatile.Read(ref *_consumer);
        return _mask + 1 - (_own - _seen);
    }

    /// <summary>Consumer: entries that can be read now.</summary>
    public uint Ready()
    {
        _seen = Volatile.Read(ref *_producer);
        return _seen - _own;
    }

    /// <summary>Writes or reads the next entry of eight bytes; not seen by the other side before the matching call below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref ulong NextAddress() => ref *(ulong*)(_entries + ((_own++ & _mask) * 8));

    /// <summary>Writes or reads the next entry of sixteen bytes, an address and a length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref XdpFrame NextFrame() => ref *(XdpFrame*)(_entries + ((_own++ & _mask) * 16));

    /// <summary>Producer: the last entry that was written, which is the next one again.</summary>
    public ref XdpFrame PreviousFrame() => ref *(XdpFrame*)(_entries + ((--_own & _mask) * 16));

    /// <summary>Producer: hands what was written to the kernel.</summary>
    public readonly void Produce() => Volatile.Write(ref *_producer, _own);

    /// <summary>Consumer: gives what was read back to the kernel.</summary>
    public readonly void Consume() => Volatile.Write(ref *_consumer, _own);

    public readonly void Dispose()
    {
        if (_memory != 0)
        {
            _ = Libc.munmap(_memory, _bytes);
        }
    }
}
