namespace Weft.Ids;

/// <summary>The ports that a rule names, as ranges in order and apart from each other; null stands for any.</summary>
internal sealed class PortSet((ushort First, ushort Last)[]? ranges)
{
    public static readonly PortSet Any = new(null);

    // Most rules name one range or two; looking through that many is faster than halving.
    private const int FewRanges = 8;
    private const int Ports = 65_536;

    public bool IsAny => ranges is null;

    public ReadOnlySpan<(ushort First, ushort Last)> Ranges => ranges;

    /// <summary>Makes a set of ports of which each has a bit.</summary>
    public static PortSet FromBits(ReadOnlySpan<ulong> bits)
    {
        var found = new List<(ushort, ushort)>();
        int first = -1;
        for (int port = 0; port <= Ports; port++)
        {
            // Words without an edge in them are most of all.
            while (port < Ports && (port & 63) == 0 && bits[port >> 6] == (first < 0 ? 0 : ulong.MaxValue))
            {
                port += 64;
            }

            bool isIn = port < Ports && (bits[port >> 6] >> (port & 63) & 1) != 0;
            if (isIn && first < 0)
            {
                first = port;
            }
            else if (!isIn && first >= 0)
            {
                found.Add(((ushort)first, (ushort)(port - 1)));
                first = -1;
            }
        }

        return new PortSet([.. found]);
    }

    public bool Contains(ushort port)
    {
        if (ranges is null)
        {
            return true;
        }

        int low = 0;
        int high = ranges.Length;
        while (high - low > FewRanges)
        {
            int middle = (low + high) / 2;
            (low, high) = ranges[middle].First <= port ? (middle, high) : (low, middle);
        }

        for (; low < high; low++)
        {
            if (port >= ranges[low].First && port <= ranges[low].Last)
            {
                return true;
            }
        }

        return false;
    }
}
