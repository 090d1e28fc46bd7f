using System.Runtime.CompilerServices;

namespace Weft.Flows;

/// <summary>
/// A fixed number of values to rent and give back, for state without a key of its own: a reassembly, a queued packet, a pending
/// request. The slot given back last goes out first.
/// </summary>
/// <remarks>
/// Handles are checked against a generation, so one that outlived its rent is told from the slot's next tenant (unless the same
/// slot was rented 2^31 times in between). One thread uses a pool at a time; nothing allocates after the constructor.
/// </remarks>
/// <typeparam name="T">What a slot holds. A new tenant finds what the last one left: set what you rely on.</typeparam>
public sealed class SlotPool<T>
{
    private readonly T[] _slots;
    private readonly uint[] _generations;
    private readonly int[] _free;
    private int _freeCount;

    /// <summary>Creates a pool of <paramref name="capacity"/> default values.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is not 1 to <see cref="IndexPool.MaxCapacity"/>.</exception>
    public SlotPool(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, IndexPool.MaxCapacity);
        _slots = new T[capacity];
        _generations = new uint[capacity];
        _free = new int[capacity];
        for (int i = 0; i < capacity; i++)
        {
            _free[i] = capacity - 1 - i;
        }

        _freeCount = capacity;
    }

    /// <summary>Slots in all.</summary>
    public int Capacity => _slots.Length;

    /// <summary>Slots that can be rented now.</summary>
    public int Available => _freeCount;

    /// <summary>The value of a rented slot, to read or to change in place.</summary>
    /// <exception cref="InvalidOperationException">The handle is <see cref="SlotHandle.None"/> or stale.</exception>
    public ref T this[SlotHandle handle]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (!IsLive(handle))
            {
                ThrowStale(handle);
            }

            return ref _slots[handle.Index];
        }
    }

    /// <summary>True if the slot is still rented under this handle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsLive(SlotHandle handle) =>
        (uint)handle.Index < (uint)_generations.Length && (handle.Generation & 1) != 0 && _generations[handle.Index] == handle.Generation;

    /// <summary>Takes a slot.</summary>
    /// <returns>False if none is free; <paramref name="handle"/> is then <see cref="SlotHandle.None"/>.</returns>
    public bool TryRent(out SlotHandle handle)
    {
        if (_freeCount == 0)
        {
            handle = SlotHandle.None;
            return false;
        }

        int index = _free[--_freeCount];
        handle = new SlotHandle(index, ++_generations[index]);
        return true;
    }

    /// <summary>Gives a slot back; its handles are stale afterwards.</summary>
    /// <returns>False if the handle was stale already.</returns>
    public bool Return(SlotHandle handle)
    {
        if (!IsLive(handle))
        {
            return false;
        }

        _generations[handle.Index]++;
        _free[_freeCount++] = handle.Index;
        return true;
    }

    private static void ThrowStale(SlotHandle handle) =>
        throw new InvalidOperationException($"Slot {handle.Index} is no longer rented under generation {handle.Generation}.");
}
