namespace Weft.Encap;

/// <summary>How one frame is cut: <see cref="Count"/> fragments of <see cref="Payload"/> bytes, the last of <see cref="LastPayload"/>.</summary>
/// <param name="Count">Fragments; 1 means that the frame fits whole and is sent without fragment information.</param>
/// <param name="Payload">Bytes of every fragment but the last, a multiple of eight.</param>
/// <param name="LastPayload">Bytes of the last fragment.</param>
public readonly record struct FragmentPlan(int Count, int Payload, int LastPayload)
{
    /// <summary>Bytes of fragment <paramref name="index"/>.</summary>
    public int PayloadOf(int index) => index == Count - 1 ? LastPayload : Payload;

    /// <summary>Where fragment <paramref name="index"/> starts, in bytes.</summary>
    public int OffsetOf(int index) => index * Payload;

    /// <summary>Plans the fragments of a frame.</summary>
    /// <param name="innerLength">Bytes of the inner frame, 1 to 65,535.</param>
    /// <param name="wholeBudget">Most inner bytes of a packet without fragment information.</param>
    /// <param name="fragmentBudget">Most inner bytes of a packet with it, at least 8.</param>
    /// <param name="split">How to cut.</param>
    /// <exception cref="ArgumentOutOfRangeException">A length is outside its range.</exception>
    public static FragmentPlan Create(int innerLength, int wholeBudget, int fragmentBudget, FragmentSplit split = FragmentSplit.Balanced)
    {
        if (innerLength is < 1 or > ushort.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(innerLength), innerLength, "innerLength must be 1 to 65535");
        }

        if (innerLength <= wholeBudget)
        {
            return new FragmentPlan(1, innerLength, innerLength);
        }

        if (fragmentBudget < FragmentInfo.UnitBytes)
        {
            throw new ArgumentOutOfRangeException(nameof(fragmentBudget), fragmentBudget, "fragmentBudget must be at least 8");
        }

        int most = fragmentBudget & -FragmentInfo.UnitBytes;
        int count = (innerLength + most - 1) / most;
        int payload = split == FragmentSplit.Greedy ? most : RoundUp((innerLength + count - 1) / count);
        // Rounding up to units can make fewer fragments of the same size suffice for tiny payloads.
        count = (innerLength + payload - 1) / payload;
        return new FragmentPlan(count, payload, innerLength - (count - 1) * payload);
    }

    private static int RoundUp(int bytes) => (bytes + FragmentInfo.UnitBytes - 1) & -FragmentInfo.UnitBytes;
}
