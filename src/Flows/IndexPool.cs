using System.Runtime.CompilerServices;

namespace Weft.Flows;

/// <summary>
/// The numbers 0 to <see cref="Capacity"/> - 1, handed out and given back. The one given back last goes out first, because what
/// it stands for is still in the cache.
/// </summary>
/// <remarks>Renting and returning take a few nanoseconds and never allocate. One thread uses a pool at a time. Memory: 5 bytes a number.</remarks>
public sealed class IndexPool
{
    /// <summary>Largest <see cref="Capacity"/>.</summary>
    public const int MaxCapacity = 1 << 28;

    private readonly int[] _free;
    private readonly bool[] _rented;
    private int _freeCount;

    /// <summary>Creates a pool of <paramref name="capacity"/> numbers, all of them free; the first one out is 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is not 1 to <see cref="MaxCapacity"/>.</exception>
    public IndexPool(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, MaxCapacity);
        _free = new int[capacity];
        _rented = new bool[capacity];
        for (int i = 0; i < capacity; i++)
        {
            _free[i] = capacity - 1 - i;
        }

        _freeCount = capacity;
    }

    /// <summary>Numbers in all.</summary>
    public int Capacity => _free.Length;

    /// <summary>Numbers that can be rented now.</summary>
    public int Available => _freeCount;

    /// <summary>True if the number is rented.</summary>
    /// <exception cref="IndexOutOfRangeException"><paramref name="index"/> is not 0 to <see cref="Capacity"/> - 1.</exception>
    public bool IsRented(int index) => _rented[index];

    /// <summary>Takes a number.</summary>
    /// <returns>False if none is free; <paramref name="index"/> is then -1.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRent(out int index)
    {
        if (_freeCount == 0)
        {
            index = -1;
            return false;
        }

        index = _free[--_freeCount];
        _rented[index] = true;
        return true;
    }

    /// <summary>Gives a number back.</summary>
    /// <exception cref="InvalidOperationException">It is not rented: it was given back twice.</exception>
    /// <exception cref="IndexOutOfRangeException"><paramref name="index"/> is not 0 to <see cref="Capacity"/> - 1.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Return(int index)
    {
        if (!_rented[index])
        {
            ThrowNotRented(index);
        }

        _rented[index] = false;
        _free[_freeCount++] = index;
    }

    private static void ThrowNotRented(int index) => throw new InvalidOperationException($"Index {index} is not rented; it was returned twice.");
}
