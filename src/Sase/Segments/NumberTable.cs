using System.Numerics;
using System.Runtime.CompilerServices;

namespace Weft.Sase.Segments;

/// <summary>
/// Finds what the configuration knows by a number: members by address, segments by virtual network. Immutable, and a quarter full at most. Packets bring keys
/// but put none in, so nobody but the operator chooses what is next to what; of several multipliers the one is taken whose longest run is shortest.
/// </summary>
internal sealed class NumberTable
{
    private const int Multipliers = 16;
    private const int ShortRun = 3;

    private readonly (uint Key, int Value)[] _places;
    private readonly uint _multiplier;
    private readonly int _shift;

    /// <param name="entries">Keys, each once, and what they stand for, from 0.</param>
    public NumberTable(IReadOnlyCollection<KeyValuePair<uint, int>> entries)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(8, entries.Count * 4));
        _shift = 32 - BitOperations.Log2((uint)size);
        _places = [];
        int shortest = int.MaxValue;
        for (uint attempt = 1; attempt <= Multipliers && shortest > ShortRun; attempt++)
        {
            // Odd multiples of the golden ratio's fraction: Fibonacci hashing with another stride each time.
            uint multiplier = unchecked(0x9E37_79B1u * ((2 * attempt) - 1));
            ((uint, int)[] places, int longest) = Place(entries, size, multiplier, _shift);
            if (longest < shortest)
            {
                (_places, _multiplier, shortest) = (places, multiplier, longest);
            }
        }
    }

    /// <summary>What a key stands for; -1 if the configuration does not know it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(uint key)
    {
        (uint Key, int Value)[] places = _places;
        for (uint at = unchecked(key * _multiplier) >> _shift; ; at++)
        {
            (uint found, int value) = places[(int)at & (places.Length - 1)];
            if (found == key || value < 0)
            {
                return value;
            }
        }
    }

    private static ((uint, int)[] Places, int Longest) Place(IReadOnlyCollection<KeyValuePair<uint, int>> entries, int size, uint multiplier, int shift)
    {
        var places = new (uint Key, int Value)[size];
        places.AsSpan().Fill((0, -1));
        int longest = 0;
        foreach ((uint key, int value) in entries)
        {
            uint at = unchecked(key * multiplier) >> shift;
            int run = 1;
            for (; places[(int)at & (size - 1)].Value >= 0; at++)
            {
                run++;
            }

            places[(int)at & (size - 1)] = (key, value);
            longest = Math.Max(longest, run);
        }

        return (places, longest);
    }
}
