namespace Weft.Ids;

/// <summary>A window that a pattern could stand under.</summary>
/// <param name="Key">Its bytes with the case bits set.</param>
/// <param name="Offset">Where it begins in the pattern, -1 if there is none left.</param>
/// <param name="Length">Bytes of the window.</param>
/// <param name="Cost">How common it seems, greater for more.</param>
internal readonly record struct WindowChoice(uint Key, int Offset, int Length, int Cost)
{
    /// <summary>No window: every one shares its bucket with as many patterns already as may share one.</summary>
    public static WindowChoice None => new(0, -1, 0, int.MaxValue);

    public bool IsFound => Offset >= 0;
}
