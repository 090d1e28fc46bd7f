using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Ports;

/// <summary>
/// A fixed set of packet buffers in native memory, rented and returned last-in first-out so that a quiet switch keeps
/// working in the same warm cache lines. One thread owns a pool.
/// </summary>
/// <remarks>
/// Renting and returning cost a few nanoseconds and never allocate. A full house is an answer (<see cref="TryRent"/> is
/// false), not an exception. Returning a handle twice throws. Touching the bytes of a returned handle throws in a debug build
/// only: a release build checks that the handle stays inside its buffer, not that it is still the owner.
/// </remarks>
public sealed unsafe class PacketPool : IDisposable
{
    /// <summary>Buffers start at multiples of a cache line so that two of them never share one.</summary>
    private const int CacheLine = 64;

    private readonly int[] _free;
    private readonly uint[] _generations;
    private readonly nint _stride;
    private void* _allocation;
    private byte* _memory;
    private int _freeCount;

    /// <summary>Allocates all buffers at once.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public PacketPool(PacketPoolOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require(options.Buffers, 1, 1 << 20, nameof(options.Buffers));
        Require(options.BufferBytes, 256, 1 << 18, nameof(options.BufferBytes));
        Require(options.HeadroomBytes, 0, options.BufferBytes / 2, nameof(options.HeadroomBytes));

        BufferBytes = (options.BufferBytes + CacheLine - 1) & ~(CacheLine - 1);
        HeadroomBytes = options.HeadroomBytes;
        Capacity = options.Buffers;
        // An odd number of cache lines from one buffer to the next: at a power of two the first lines of a whole vector of
        // packets, the ones every stage reads, would fall into a few sets of the first-level cache and evict each other.
        _stride = BufferBytes + (BufferBytes / CacheLine % 2 == 0 ? CacheLine : 0);
        // Zeroed by the allocator, so that the pages of buffers that are never rented are never touched.
        _allocation = NativeMemory.AllocZeroed((nuint)_stride * (nuint)Capacity + CacheLine);
        _memory = (byte*)(((nuint)_allocation + CacheLine - 1) & ~(nuint)(CacheLine - 1));
        _free = new int[Capacity];
        _generations = new uint[Capacity];
        for (int i = 0; i < Capacity; i++)
        {
            _free[i] = Capacity - 1 - i;
        }

        _freeCount = Capacity;
    }

    /// <summary>Releases the memory of a pool that nobody disposed.</summary>
    ~PacketPool() => Free();

    /// <summary>Buffers in all.</summary>
    public int Capacity { get; }

    /// <summary>Buffers that can be rented now.</summary>
    public int Available => _freeCount;

    /// <summary>Bytes of one buffer, headroom included.</summary>
    public int BufferBytes { get; }

    /// <summary>Bytes free in front of a newly rented packet.</summary>
    public int HeadroomBytes { get; }

    /// <summary>Longest packet that fits a new buffer behind its headroom.</summary>
    public int MaxPacketBytes => BufferBytes - HeadroomBytes;

    /// <summary>Rents a buffer; the packet starts behind the headroom with length 0. Its bytes are whatever they were before.</summary>
    /// <returns>False if every buffer is rented.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRent(out Packet packet)
    {
        packet = default;
        if (_freeCount == 0)
        {
            return false;
        }

        int buffer = _free[--_freeCount];
        packet.Buffer = buffer;
        packet.Offset = HeadroomBytes;
        // Odd generations are rented ones: a stale or doubly returned handle cannot match.
        packet.Generation = ++_generations[buffer];
        return true;
    }

    /// <summary>Gives a buffer back. The handle and all its copies are void.</summary>
    /// <exception cref="InvalidOperationException">The buffer was returned before: a bug that would hand one buffer to two owners.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Return(in Packet packet)
    {
        if ((uint)packet.Buffer >= (uint)_generations.Length || _generations[packet.Buffer] != packet.Generation || (packet.Generation & 1) == 0 || _memory == null)
        {
            ThrowNotRented();
        }

        _generations[packet.Buffer]++;
        _free[_freeCount++] = packet.Buffer;
    }

    /// <summary>Gives several buffers back.</summary>
    public void Return(ReadOnlySpan<Packet> packets)
    {
        foreach (ref readonly Packet packet in packets)
        {
            Return(packet);
        }
    }

    /// <summary>The packet's bytes. The span is good until the buffer is returned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Bytes(scoped in Packet packet) => Room(packet).Slice(packet.Offset, packet.Length);

    /// <summary>The whole buffer that holds the packet, headroom and tailroom included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Room(scoped in Packet packet)
    {
        ThrowIfStale(packet);
        // Invariant: only handles with 0 <= Buffer < Capacity reach memory, and each buffer is BufferBytes long.
        if ((uint)packet.Buffer >= (uint)Capacity || _memory == null)
        {
            ThrowNotRented();
        }

        return new Span<byte>(_memory + packet.Buffer * _stride, BufferBytes);
    }

    /// <summary>Address of the packet's first byte, for system calls. Native memory does not move.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Address(scoped in Packet packet)
    {
        // Bytes() checks buffer, offset and length before the address leaves.
        return (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Bytes(packet)));
    }

    /// <summary>Bytes free in front of the packet.</summary>
    public static int Headroom(in Packet packet) => packet.Offset;

    /// <summary>Bytes free behind the packet.</summary>
    public int Tailroom(in Packet packet) => BufferBytes - packet.Offset - packet.Length;

    /// <summary>Grows the packet at its front by <paramref name="count"/> bytes.</summary>
    /// <returns>False, and nothing changed, if the headroom is smaller.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPrepend(ref Packet packet, int count)
    {
        if ((uint)count > (uint)packet.Offset)
        {
            return false;
        }

        packet.Offset -= count;
        packet.Length += count;
        return true;
    }

    /// <summary>Takes <paramref name="count"/> bytes off the front; they become headroom.</summary>
    /// <returns>False, and nothing changed, if the packet is shorter.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryTrimFront(ref Packet packet, int count)
    {
        if ((uint)count > (uint)packet.Length)
        {
            return false;
        }

        packet.Offset += count;
        packet.Length -= count;
        return true;
    }

    /// <summary>Sets the packet's length, keeping its start.</summary>
    /// <returns>False, and nothing changed, if the buffer ends before.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TrySetLength(ref Packet packet, int length)
    {
        if ((uint)length > (uint)(BufferBytes - packet.Offset))
        {
            return false;
        }

        packet.Length = length;
        return true;
    }

    /// <summary>Rents a buffer and copies the packet's bytes into it, with the same headroom as the original.</summary>
    /// <returns>False if every buffer is rented.</returns>
    public bool TryCopy(in Packet packet, out Packet copy)
    {
        if (!TryRent(out copy))
        {
            return false;
        }

        copy.Offset = packet.Offset;
        copy.Length = packet.Length;
        Bytes(packet).CopyTo(Bytes(copy));
        return true;
    }

    /// <summary>Frees all buffers; every handle is void.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        _freeCount = 0;
        _memory = null;
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

    [Conditional("DEBUG")]
    private void ThrowIfStale(in Packet packet)
    {
        if ((uint)packet.Buffer >= (uint)Capacity || _generations[packet.Buffer] != packet.Generation || (packet.Generation & 1) == 0)
        {
            ThrowNotRented();
        }
    }

    private static void ThrowNotRented() => throw new InvalidOperationException("The packet's buffer is not rented from this pool: it was returned before, or belongs to another pool.");
}
