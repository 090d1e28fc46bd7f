namespace Weft.Ids;

/// <summary>
/// A canonical prefix code (RFC 1951 section 3.2.2): short codes are looked up whole, longer ones counted out bit by bit. Its
/// memory is used again for the next code.
/// </summary>
internal sealed class HuffmanCode(int symbols, int tableBits)
{
    private const int MaxBits = 15;
    private const int LengthBits = 4;

    private readonly ushort[] _counts = new ushort[MaxBits + 1];
    private readonly ushort[] _symbols = new ushort[symbols];

    // By the next bits of the data: the symbol and, in the lowest four bits, the length of its code; 0 if the code is longer.
    private readonly ushort[] _table = new ushort[1 << tableBits];

    /// <summary>Takes other lengths of codes, one for each symbol; 0 for symbols that do not occur.</summary>
    public void Build(ReadOnlySpan<byte> lengths)
    {
        Array.Clear(_counts);
        foreach (byte length in lengths)
        {
            _counts[length]++;
        }

        _counts[0] = 0;
        Span<ushort> offsets = stackalloc ushort[MaxBits + 2];
        Span<int> codes = stackalloc int[MaxBits + 2];
        for (int i = 1; i <= MaxBits; i++)
        {
            offsets[i + 1] = (ushort)(offsets[i] + _counts[i]);
            codes[i + 1] = codes[i] + _counts[i] << 1;
        }

        Array.Clear(_table);
        for (int symbol = 0; symbol < lengths.Length; symbol++)
        {
            int length = lengths[symbol];
            if (length == 0)
            {
                continue;
            }

            _symbols[offsets[length]++] = (ushort)symbol;
            int code = codes[length]++;
            if (length <= tableBits && code < 1 << length)
            {
                for (int at = Reverse(code, length); at < _table.Length; at += 1 << length)
                {
                    _table[at] = (ushort)(symbol << LengthBits | length);
                }
            }
        }
    }

    /// <summary>Reads the next symbol.</summary>
    /// <returns>False if there is none: the data ends, or no code begins so.</returns>
    public bool TryDecode(ref BitReader bits, out int symbol)
    {
        bits.Fill();
        ushort entry = _table[(int)bits.Next & (_table.Length - 1)];
        int length = entry & ((1 << LengthBits) - 1);
        symbol = entry >> LengthBits;
        return entry != 0 ? bits.TrySkip(length) : TryCount(ref bits, out symbol);
    }

    // Canonical codes are numbered in the order of their lengths, so that counting how many of each length there are decodes them.
    private bool TryCount(ref BitReader bits, out int symbol)
    {
        int code = 0;
        int first = 0;
        int index = 0;
        ulong next = bits.Next;
        for (int length = 1; length <= MaxBits; length++, next >>= 1)
        {
            code |= (int)(next & 1);
            int count = _counts[length];
            if (code - count < first)
            {
                symbol = _symbols[index + code - first];
                return bits.TrySkip(length);
            }

            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }

        symbol = 0;
        return false;
    }

    private static int Reverse(int code, int length)
    {
        int reversed = 0;
        for (int i = 0; i < length; i++, code >>= 1)
        {
            reversed = reversed << 1 | code & 1;
        }

        return reversed;
    }
}
