namespace Weft.Flows;

/// <summary>Names a slot of a <see cref="SlotPool{T}"/> for as long as it is rented; recognised as stale afterwards.</summary>
/// <param name="Index">Place of the slot, from 0 to the pool's capacity - 1.</param>
/// <param name="Generation">Odd; tells this rent from earlier and later ones of the same place. 0 in the default handle, which names nothing.</param>
public readonly record struct SlotHandle(int Index, uint Generation)
{
    /// <summary>Names no slot. The default value.</summary>
    public static SlotHandle None => default;

    /// <summary>True if the handle names no slot.</summary>
    public bool IsNone => Generation == 0;
}
