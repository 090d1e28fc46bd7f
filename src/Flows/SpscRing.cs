using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Weft.Flows;

/// <summary>
/// A bounded queue from one thread to one other, in order and without locks: how a dispatcher hands packets to a worker.
/// </summary>
/// <remarks>
/// One thread adds, one takes; which threads these are may change only where something else orders the change. Adding and
/// taking cost a few nanoseconds and allocate nothing. Each side keeps its last look at the other's position, so that the two
/// touch a shared cache line only when the queue seems full or empty.
/// </remarks>
/// <typeparam name="T">What is handed over, as a rule a handle.</typeparam>
public sealed class SpscRing<T>
{
    /// <summary>Largest capacity.</summary>
    public const int MaxCapacity = 1 << 24;

    private readonly T?[] _items;
    private readonly int _mask;
    private SpscPositions _positions;

    /// <summary>Creates an empty queue.</summary>
    /// <param name="capacity">Most items, 1 to 16,777,216; rounded up to a power of two.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is outside its range.</exception>
    public SpscRing(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, MaxCapacity);
        _items = new T?[(int)BitOperations.RoundUpToPowerOf2((uint)capacity)];
        _mask = _items.Length - 1;
    }

    /// <summary>Most items.</summary>
    public int Capacity => _items.Length;

    /// <summary>Items in the queue; while both sides work, a moment's value.</summary>
    public int Count => (int)(Volatile.Read(ref _positions.Tail) - Volatile.Read(ref _positions.Head));

    /// <summary>Adds an item. The adding thread alone may call it.</summary>
    /// <returns>False if the queue is full.</returns>
    public bool TryAdd(T item)
    {
        long tail = _positions.Tail;
        if (tail - _positions.HeadSeen == _items.Length)
        {
            _positions.HeadSeen = Volatile.Read(ref _positions.Head);
            if (tail - _positions.HeadSeen == _items.Length)
            {
                return false;
            }
        }

        _items[(int)tail & _mask] = item;
        // Whoever sees the new tail sees the item.
        Volatile.Write(ref _positions.Tail, tail + 1);
        return true;
    }

    /// <summary>Takes the oldest item. The taking thread alone may call it.</summary>
    /// <returns>False if the queue is empty.</returns>
    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        long head = _positions.Head;
        if (head == _positions.TailSeen)
        {
            _positions.TailSeen = Volatile.Read(ref _positions.Tail);
            if (head == _positions.TailSeen)
            {
                item = default;
                return false;
            }
        }

        ref T? place = ref _items[(int)head & _mask];
        item = place!;
        place = default;
        // Whoever sees the new head may overwrite the place.
        Volatile.Write(ref _positions.Head, head + 1);
        return true;
    }
}
