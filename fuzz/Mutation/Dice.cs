namespace Weft.Fuzz.Mutation;

/// <summary>Chance from a seed: the same seed, the same run.</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A number from 0 to <paramref name="sides"/> - 1.</summary>
    public int Roll(int sides) => (int)(((Next() >> 32) * (ulong)Math.Max(1, sides)) >> 32);

    /// <summary>True once in so many rolls.</summary>
    public bool OneIn(int sides) => Roll(sides) == 0;

    /// <summary>64 random bits (splitmix64).</summary>
    public ulong Next()
    {
        ulong z = _state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }

    /// <summary>One of several.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Roll(items.Count)];
}
