using Weft.Packets;

namespace Weft.Services;

/// <summary>A burst of packets in buffers of its own, for callers that have none: tests, tools, samples. Allocated once, used again and again.</summary>
public readonly struct PacketBatch : IServicePackets
{
    private readonly Storage _storage;

    /// <summary>Allocates the buffers.</summary>
    /// <param name="capacity">Packets, 1 to <see cref="ServiceSet.MaxBurst"/>.</param>
    /// <param name="maxFrameBytes">Longest packet when it is added.</param>
    /// <param name="headroomBytes">Bytes that a service can add in front.</param>
    /// <param name="tailroomBytes">Bytes that a service can add behind the longest packet.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public PacketBatch(int capacity, int maxFrameBytes = 2048, int headroomBytes = 128, int tailroomBytes = 64)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, ServiceSet.MaxBurst);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxFrameBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(headroomBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(tailroomBytes);
        _storage = new Storage(capacity, headroomBytes + maxFrameBytes + tailroomBytes, headroomBytes, maxFrameBytes);
    }

    /// <inheritdoc/>
    public int Count => _storage.Count;

    /// <summary>Forgets all packets.</summary>
    public void Clear() => _storage.Count = 0;

    /// <summary>Copies a packet in and parses it.</summary>
    /// <returns>False if all buffers are taken or the packet is too long.</returns>
    public bool TryAdd(ReadOnlySpan<byte> frame)
    {
        Storage storage = _storage;
        if (storage.Count == storage.Slots.Length || frame.Length > storage.MaxFrame)
        {
            return false;
        }

        int index = storage.Count++;
        ref Slot slot = ref storage.Slots[index];
        (slot.Start, slot.Length) = (index * storage.Stride + storage.Headroom, frame.Length);
        frame.CopyTo(Bytes(index));
        _ = PacketLayout.TryParse(frame, out slot.Layout);
        return true;
    }

    /// <inheritdoc/>
    public Span<byte> Bytes(int index)
    {
        Storage storage = _storage;
        ref Slot slot = ref storage.Slots[index];
        return new Span<byte>(storage.Bytes, slot.Start, slot.Length);
    }

    /// <inheritdoc/>
    public ref PacketLayout Layout(int index) => ref _storage.Slots[index].Layout;

    /// <inheritdoc/>
    public bool TryResize(int index, int front, int back)
    {
        ref Slot slot = ref _storage.Slots[index];
        int start = slot.Start - front;
        int length = slot.Length + front + back;
        int room = index * _storage.Stride;
        if (start < room || length < 0 || start + length > room + _storage.Stride)
        {
            return false;
        }

        (slot.Start, slot.Length) = (start, length);
        return true;
    }

    private sealed class Storage(int capacity, int stride, int headroom, int maxFrame)
    {
        public readonly byte[] Bytes = new byte[capacity * stride];
        public readonly Slot[] Slots = new Slot[capacity];
        public readonly int Stride = stride;
        public readonly int Headroom = headroom;
        public readonly int MaxFrame = maxFrame;
        public int Count;
    }

    /// <summary>Where a packet is, and what is in it: beside each other, because who asks for one asks for the other.</summary>
    private struct Slot
    {
        public int Start;
        public int Length;
        public PacketLayout Layout;
    }
}
