namespace Weft.Encap;

/// <summary>Operations on ranges of bits, one bit for every eight bytes of a frame.</summary>
internal static class UnitBitmap
{
    /// <summary>Bits of a word.</summary>
    public const int BitsAWord = 64;

    private const int WordShift = 6;
    private const int BitMask = 63;

    /// <summary>True if any bit from <paramref name="first"/> to before <paramref name="end"/> is set.</summary>
    public static bool Any(ReadOnlySpan<ulong> bits, int first, int end)
    {
        int last = (end - 1) >> WordShift;
        for (int word = first >> WordShift; word <= last; word++)
        {
            if ((bits[word] & Mask(word, first, end)) != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Sets all bits of the range if none of them is set.</summary>
    /// <returns>False, and nothing is set, if one is.</returns>
    public static bool TryClaim(Span<ulong> bits, int first, int end)
    {
        int word = first >> WordShift;
        int last = (end - 1) >> WordShift;
        ulong head = ulong.MaxValue << (first & BitMask);
        ulong tail = ulong.MaxValue >> (BitMask - ((end - 1) & BitMask));
        if (word == last)
        {
            ulong mask = head & tail;
            ulong before = bits[word];
            if ((before & mask) != 0)
            {
                return false;
            }

            bits[word] = before | mask;
            return true;
        }

        ulong taken = (bits[word] & head) | (bits[last] & tail);
        for (int between = word + 1; between < last; between++)
        {
            taken |= bits[between];
        }

        if (taken != 0)
        {
            return false;
        }

        bits[word] |= head;
        bits[last] |= tail;
        bits[(word + 1)..last].Fill(ulong.MaxValue);
        return true;
    }

    /// <summary>Sets one bit.</summary>
    public static void Set(Span<ulong> bits, int index) => bits[index >> WordShift] |= 1UL << (index & BitMask);

    /// <summary>True if all bits of the range are set.</summary>
    public static bool All(ReadOnlySpan<ulong> bits, int first, int end)
    {
        int last = (end - 1) >> WordShift;
        for (int word = first >> WordShift; word <= last; word++)
        {
            ulong mask = Mask(word, first, end);
            if ((bits[word] & mask) != mask)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True if the bit is set.</summary>
    public static bool Test(ReadOnlySpan<ulong> bits, int index) => (bits[index >> WordShift] >> (index & BitMask) & 1) != 0;

    /// <summary>The part of the range that lies in one word.</summary>
    private static ulong Mask(int word, int first, int end)
    {
        ulong mask = ulong.MaxValue;
        if (word == first >> WordShift)
        {
            mask <<= first & BitMask;
        }

        if (word == (end - 1) >> WordShift)
        {
            mask &= ulong.MaxValue >> (BitMask - ((end - 1) & BitMask));
        }

        return mask;
    }
}
