namespace Weft.Ids;

/// <summary>How often bytes occur in packets, roughly: text protocols, padding and binary headers mixed.</summary>
internal static class ByteTraffic
{
    private static readonly double[] Shares = Measure();

    /// <summary>Share of all bytes that have a value.</summary>
    public static double Share(byte value) => Shares[value];

    private static double[] Measure()
    {
        double[] likely = [.. Enumerable.Range(0, 256).Select(value => Math.Pow(2, WindowChooser.Frequency((byte)value) / 5.0))];
        double sum = likely.Sum();
        return [.. likely.Select(one => one / sum)];
    }
}
