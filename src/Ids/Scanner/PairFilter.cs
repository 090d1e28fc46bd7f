namespace Weft.Ids;

/// <summary>Finds strings of two and three bytes by a bitmap of all byte pairs.</summary>
internal sealed class PairFilter
{
    private const int Pair = sizeof(ushort);
    private const int Pairs = 1 << 16;

    private readonly uint[] _bitmap = new uint[Pairs / 32];
    private readonly WindowTable _table;

    public PairFilter(WindowTable table, IReadOnlyList<WindowEntry> entries)
    {
        _table = table;
        foreach (WindowEntry entry in entries)
        {
            _bitmap[entry.Window >> 5] |= 1u << (int)(entry.Window & 31);
        }
    }

    public long MemoryBytes => _bitmap.Length * sizeof(uint);

    public bool Scan<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        ReadOnlySpan<byte> data = scan.Data;
        uint[] bitmap = _bitmap;
        for (int i = 0; i + Pair <= data.Length; i++)
        {
            uint pair = data[i] | (uint)data[i + 1] << 8 | WindowTable.PairCaseBits;
            if ((bitmap[pair >> 5] >> (int)(pair & 31) & 1) != 0 && !_table.Confirm(ref scan, i, pair))
            {
                return false;
            }
        }

        return true;
    }
}
