namespace Weft.Analytics;

/// <summary>Powers of two for decay forward.</summary>
internal static class Fading
{
    /// <summary>2^x for x of 0 to 64, within two units in the last place and the same on every machine.</summary>
    public static double PowerOfTwo(double x)
    {
        double whole = Math.Round(x);
        double y = (x - whole) * 0.693147180559945309417;

        // The series of e^y up to y^12, |y| at most ln(2)/2: what is left out is below 2^-52. In pairs, so that no term waits for all before it.
        double y2 = y * y;
        double y4 = y2 * y2;
        double low = 1 + y + (1.0 / 2 + y * (1.0 / 6)) * y2;
        double middle = 1.0 / 24 + y * (1.0 / 120) + (1.0 / 720 + y * (1.0 / 5040)) * y2;
        double high = 1.0 / 40320 + y * (1.0 / 362880) + (1.0 / 3628800 + y * (1.0 / 39916800)) * y2 + 1.0 / 479001600 * y4;
        return (low + (middle + high * y4) * y4) * BitConverter.Int64BitsToDouble((1023 + (long)whole) << 52);
    }
}
