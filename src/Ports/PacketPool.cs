using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Ports;

/// <summary>
/// A fixed set of packet buffers in native memory, rented and returned last-in first-out so that a quiet switch keeps
/// working in the same warm cache lines. One thread owns a pool.
/// </summary>
/// <remarks>
/// <para>
/// Pools of a group (<see cref="CreateGroup"/>) share their memory: a handle rented from one is good in all of them, so that
/// one thread can hand a packet to another without copying it. Whoever returns it does so to the own pool, and the buffer
/// finds its way home.
/// </para>
/// <para>
/// Renting and returning cost a few nanoseconds and never allocate. A full house is an answer (<see cref="TryRent"/> is
/// false), not an exception. Returning a handle twice throws. Touching the bytes of a returned handle throws in a debug build
/// only: a release build checks that the handle stays inside its buffer, not that it is still the owner.
/// </para>
/// </remarks>
public sealed unsafe partial class PacketPool : IDisposable
{
    private readonly PacketMemory _shared;
    private readonly int[] _free;
    private readonly uint[] _generations;
    private readonly nint _stride;
    private readonly int _first;

    /// <summary>Ordinary buffers of the group: a handle with a higher number is a superframe.</summary>
    private readonly int _frames;
    private byte* _memory;
    private int _freeCount;

    /// <summary>Allocates all buffers at once.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public PacketPool(PacketPoolOptions options)
        : this(new PacketMemory(options, members: 1), member: 0)
    {
    }

    private PacketPool(PacketMemory shared, int member)
    {
        _shared = shared;
        (BufferBytes, HeadroomBytes, Capacity) = (shared.BufferBytes, shared.HeadroomBytes, shared.BuffersEach);
        _memory = shared.Start;
        (_stride, _generations, _first, _frames) = (shared.Stride, shared.Generations, member * Capacity, shared.Frames);
        _free = new int[Capacity];
        for (int i = 0; i < Capacity; i++)
        {
            _free[i] = _first + Capacity - 1 - i;
        }

        _freeCount = Capacity;
        _firstSuperframe = _frames + member * shared.SuperframesEach;
        _freeSuperframes = new int[shared.SuperframesEach];
        for (int i = 0; i < _freeSuperframes.Length; i++)
        {
            _freeSuperframes[i] = _firstSuperframe + i;
        }

        _freeSuperframeCount = _freeSuperframes.Length;
    }

    /// <summary>Allocates pools that share their memory, each with as many buffers of its own as the options say.</summary>
    /// <param name="options">Size and shape of each.</param>
    /// <param name="members">1 to 64, as a rule one a worker.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option or the number of members is outside its documented range.</exception>
    public static PacketPool[] CreateGroup(PacketPoolOptions options, int members)
    {
        var shared = new PacketMemory(options, members);
        return [.. Enumerable.Range(0, members).Select(member => new PacketPool(shared, member))];
    }

    /// <summary>Buffers of this pool.</summary>
    public int Capacity { get; }

    /// <summary>Buffers that can be rented now, without those that came home and were not collected yet.</summary>
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
        if (_freeCount == 0 && !TryCollect())
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

    /// <summary>Takes back the buffers that other pools of the group sent home. Call it once a round; renting does it when nothing else is left.</summary>
    public void Collect() => _ = TryCollect();

    /// <summary>Gives a buffer back; one of another pool of the group goes home to that. The handle and all its copies are void.</summary>
    /// <exception cref="InvalidOperationException">The buffer was returned before: a bug that would hand one buffer to two owners.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Return(in Packet packet)
    {
        if ((uint)packet.Buffer >= (uint)_generations.Length || _generations[packet.Buffer] != packet.Generation || (packet.Generation & 1) == 0 || _memory == null)
        {
            ThrowNotRented();
        }

        _generations[packet.Buffer]++;
        if ((uint)(packet.Buffer - _first) < (uint)Capacity)
        {
            _free[_freeCount++] = packet.Buffer;
        }
        else
        {
            ReturnOther(packet.Buffer);
        }
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
        // Invariant: only handles with 0 <= Buffer < ordinary buffers of the group reach this memory, and each buffer is BufferBytes long.
        if ((uint)packet.Buffer >= (uint)_frames || _memory == null)
        {
            return SuperframeRoom(packet);
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
    public int Tailroom(in Packet packet) => RoomBytes(packet) - packet.Offset - packet.Length;

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
        if ((uint)length > (uint)(RoomBytes(packet) - packet.Offset))
        {
            return false;
        }

        packet.Length = length;
        return true;
    }

    /// <summary>Rents a buffer and copies the packet's bytes into it, with the same headroom as the original. The copy of a superframe is a superframe.</summary>
    /// <returns>False if every buffer is rented.</returns>
    public bool TryCopy(in Packet packet, out Packet copy)
    {
        if (IsSuperframe(packet))
        {
            return TryCopySuperframe(packet, out copy);
        }

        if (!TryRent(out copy))
        {
            return false;
        }

        copy.Offset = packet.Offset;
        copy.Length = packet.Length;
        Bytes(packet).CopyTo(Bytes(copy));
        return true;
    }

    /// <summary>Gives the pool up; every handle is void. The memory is freed with the last pool of the group.</summary>
    public void Dispose()
    {
        if (_memory != null)
        {
            _memory = null;
            _freeCount = 0;
            _shared.Leave();
        }
    }

    private bool TryCollect()
    {
        if (_memory == null)
        {
            return false;
        }

        _freeCount += _shared.TakeHome(_first / Capacity, _free.AsSpan(_freeCount));
        _freeSuperframeCount += _shared.TakeSuperframesHome(_first / Capacity, _freeSuperframes.AsSpan(_freeSuperframeCount));
        return _freeCount > 0;
    }

    [Conditional("DEBUG")]
    private void ThrowIfStale(in Packet packet)
    {
        if ((uint)packet.Buffer >= (uint)_generations.Length || _generations[packet.Buffer] != packet.Generation || (packet.Generation & 1) == 0)
        {
            ThrowNotRented();
        }
    }

    private static void ThrowNotRented() => throw new InvalidOperationException("The packet's buffer is not rented from this pool: it was returned before, or belongs to another pool.");
}
