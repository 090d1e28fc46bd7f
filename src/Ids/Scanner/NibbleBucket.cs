using System.Numerics;

namespace Weft.Ids;

/// <summary>What a bucket of strings allows: for each place, which low nibbles and which high ones.</summary>
internal sealed class NibbleBucket
{
    private const byte CaseBit = 0x20;
    private const int Nibbles = 16;
    private static readonly double[] Likely = [.. Enumerable.Range(0, 256).Select(value => Math.Pow(2, WindowChooser.Frequency((byte)value) / 5.0))];
    private static readonly double All = Likely.Sum();

    private readonly ushort[] _low = new ushort[NibbleTables.Places];
    private readonly ushort[] _high = new ushort[NibbleTables.Places];
    private readonly double[] _share = new double[NibbleTables.Places];

    /// <summary>How often the bucket says yes to a position of traffic, roughly.</summary>
    public double Cost { get; private set; }

    /// <summary>True if a place allows a low nibble.</summary>
    public bool AllowsLow(int place, int nibble) => (_low[place] >> nibble & 1) != 0;

    /// <summary>True if a place allows a high nibble.</summary>
    public bool AllowsHigh(int place, int nibble) => (_high[place] >> nibble & 1) != 0;

    /// <summary>What the cost would become with one string more.</summary>
    public double CostWith(ReadOnlySpan<byte> text, bool noCase)
    {
        double cost = 1;
        for (int place = 0; place < NibbleTables.Places; place++)
        {
            (ushort low, ushort high) = With(place, text, noCase);
            cost *= low == _low[place] && high == _high[place] ? _share[place] : Share(low, high);
        }

        return cost;
    }

    /// <summary>Adds a string; places behind its end allow everything.</summary>
    public void Add(ReadOnlySpan<byte> text, bool noCase)
    {
        Cost = 1;
        for (int place = 0; place < NibbleTables.Places; place++)
        {
            (_low[place], _high[place]) = With(place, text, noCase);
            _share[place] = Share(_low[place], _high[place]);
            Cost *= _share[place];
        }
    }

    private (ushort Low, ushort High) With(int place, ReadOnlySpan<byte> text, bool noCase)
    {
        if (place >= text.Length)
        {
            return (ushort.MaxValue, ushort.MaxValue);
        }

        byte value = text[place];
        int low = _low[place] | 1 << (value & (Nibbles - 1));
        int high = _high[place] | 1 << (value >> 4);
        return ((ushort)low, (ushort)(noCase && AsciiCase.IsLetter(value) ? high | 1 << ((value ^ CaseBit) >> 4) : high));
    }

    private static double Share(ushort low, ushort high)
    {
        double sum = 0;
        for (uint rows = high; rows != 0; rows &= rows - 1)
        {
            int row = BitOperations.TrailingZeroCount(rows) * Nibbles;
            for (uint columns = low; columns != 0; columns &= columns - 1)
            {
                sum += Likely[row + BitOperations.TrailingZeroCount(columns)];
            }
        }

        return sum / All;
    }
}
