using System.Runtime.InteropServices;
using Weft.Ports.Linux;

namespace Weft.Ports.Memif;

/// <summary>
/// A ring in shared memory: cookie, flags and head in the first cache line, tail in the second, descriptors from byte 128. Either side can write
/// any of it at any time, so each value is read once, into memory of one's own, and judged there.
/// </summary>
internal sealed unsafe class MemifRing(byte* start, int log2Slots, int interrupt) : IDisposable
{
    public const int HeadBytes = 128;
    public const int DescriptorBytes = 16;
    private const uint Cookie = 0x03E3_1F20;
    private const int FlagsAt = 4;
    private const int HeadAt = 6;
    private const int TailAt = 64;
    private const ushort InterruptsMasked = 1;

    /// <summary>A buffer in shared memory.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Descriptor
    {
        public const ushort HasNext = 1;

        public ushort Flags;
        public ushort Region;
        public uint Length;
        public uint Offset;
        public uint Metadata;
    }

    public int Slots => 1 << log2Slots;

    /// <summary>Descriptor through which one side wakes the other.</summary>
    public int Interrupt => interrupt;

    public ushort Head
    {
        get => Volatile.Read(ref *(ushort*)(start + HeadAt));
        set => Volatile.Write(ref *(ushort*)(start + HeadAt), value);
    }

    public ushort Tail
    {
        get => Volatile.Read(ref *(ushort*)(start + TailAt));
        set => Volatile.Write(ref *(ushort*)(start + TailAt), value);
    }

    public bool IsRing => Volatile.Read(ref *(uint*)start) == Cookie;

    /// <summary>Bytes of a ring.</summary>
    public static ulong BytesOf(int log2Slots) => HeadBytes + ((ulong)DescriptorBytes << log2Slots);

    /// <summary>Makes it an empty ring that wakes nobody.</summary>
    public void Format()
    {
        *(uint*)start = Cookie;
        *(ushort*)(start + FlagsAt) = InterruptsMasked;
        (Head, Tail) = (0, 0);
    }

    public Descriptor Read(ushort index) => *At(index);

    public void Write(ushort index, in Descriptor descriptor) => *At(index) = descriptor;

    /// <summary>Whether the receiver wants to be woken.</summary>
    public void MaskInterrupts(bool masked)
    {
        Volatile.Write(ref *(ushort*)(start + FlagsAt), masked ? InterruptsMasked : (ushort)0);
        // What arrived is looked for after this has become visible, or a frame could wait for the next one.
        Interlocked.MemoryBarrier();
    }

    /// <summary>After something was published: wakes the receiver if it sleeps.</summary>
    public void Notify()
    {
        Interlocked.MemoryBarrier();
        if ((Volatile.Read(ref *(ushort*)(start + FlagsAt)) & InterruptsMasked) == 0)
        {
            Wake();
        }
    }

    public void Wake()
    {
        ulong one = 1;
        _ = Libc.write(interrupt, &one, sizeof(ulong));
    }

    /// <summary>Forgets that somebody woke this side.</summary>
    public void ClearInterrupt()
    {
        ulong count;
        _ = Libc.read(interrupt, &count, sizeof(ulong));
    }

    public void Dispose() => _ = Libc.close(interrupt);

    private Descriptor* At(ushort index) => (Descriptor*)(start + HeadBytes) + (index & (Slots - 1));
}
