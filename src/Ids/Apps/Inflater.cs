namespace Weft.Ids;

/// <summary>
/// Decompresses DEFLATE (RFC 1951), bare, in zlib's frame (RFC 1950) or gzip's (RFC 1952), into a buffer of fixed size. It
/// needs no memory of its own per call, stops at the buffer's end, and keeps what came before damage.
/// </summary>
internal sealed class Inflater
{
    private const int Literals = 288;
    private const int Distances = 30;
    private const int EndOfBlock = 256;
    private const int LiteralTableBits = 9;
    private const int DistanceTableBits = 7;

    private static readonly ushort[] LengthBase = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
    private static readonly byte[] LengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
    private static readonly ushort[] DistanceBase = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
    private static readonly byte[] DistanceExtra = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
    private static readonly byte[] CodeOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private static readonly HuffmanCode FixedLiterals = Code([(144, 8), (112, 9), (24, 7), (8, 8)]);
    private static readonly HuffmanCode FixedDistances = Code([(Distances, 5)]);

    private readonly HuffmanCode _literals = new(Literals, LiteralTableBits);
    private readonly HuffmanCode _distances = new(Literals, DistanceTableBits);
    private readonly HuffmanCode _codes = new(CodeOrder.Length, DistanceTableBits);
    private readonly byte[] _lengths = new byte[Literals + 32];

    /// <summary>Decompresses gzip.</summary>
    /// <returns>Bytes written.</returns>
    public int Gzip(ReadOnlySpan<byte> data, Span<byte> output)
    {
        const int Header = 10;
        if (data.Length < Header || data[0] != 0x1F || data[1] != 0x8B || data[2] != 8)
        {
            return 0;
        }

        byte flags = data[3];
        int at = Header;
        if ((flags & 4) != 0)
        {
            at += 2 + (at + 2 <= data.Length ? data[at] | data[at + 1] << 8 : 0);
        }

        at = (flags & 8) != 0 ? SkipText(data, at) : at;
        at = (flags & 16) != 0 ? SkipText(data, at) : at;
        at += (flags & 2) != 0 ? 2 : 0;
        return at < data.Length ? Raw(data[at..], output) : 0;
    }

    /// <summary>Decompresses what HTTP calls <c>deflate</c>: with zlib's frame, or, as some servers send it, without.</summary>
    public int Deflate(ReadOnlySpan<byte> data, Span<byte> output)
    {
        bool isFramed = data.Length >= 2 && (data[0] & 0x0F) == 8 && (data[0] << 8 | data[1]) % 31 == 0;
        return Raw(isFramed ? data[2..] : data, output);
    }

    /// <summary>Decompresses bare blocks.</summary>
    public int Raw(ReadOnlySpan<byte> data, Span<byte> output)
    {
        var bits = new BitReader(data);
        int length = 0;
        bool isLast = false;
        while (!isLast && bits.TryRead(1, out int last) && bits.TryRead(2, out int type))
        {
            isLast = last == 1;
            bool goesOn = type switch
            {
                0 => Stored(ref bits, output, ref length),
                1 => Compressed(ref bits, FixedLiterals, FixedDistances, output, ref length),
                2 => Dynamic(ref bits) && Compressed(ref bits, _literals, _distances, output, ref length),
                _ => false,
            };
            if (!goesOn)
            {
                break;
            }
        }

        return length;
    }

    private static int SkipText(ReadOnlySpan<byte> data, int at)
    {
        int end = at < data.Length ? data[at..].IndexOf((byte)0) : -1;
        return end < 0 ? data.Length : at + end + 1;
    }

    private static bool Stored(ref BitReader bits, Span<byte> output, ref int length)
    {
        bits.AlignToByte();
        if (!bits.TryRead(16, out int count) || !bits.TryRead(16, out int check) || (count ^ check) != 0xFFFF)
        {
            return false;
        }

        int taken = bits.Take(output.Slice(length, Math.Min(count, output.Length - length)));
        length += taken;
        return taken == count;
    }

    private static HuffmanCode Code(ReadOnlySpan<(int Count, byte Length)> runs)
    {
        var lengths = new List<byte>();
        foreach ((int count, byte length) in runs)
        {
            lengths.AddRange(Enumerable.Repeat(length, count));
        }

        var code = new HuffmanCode(Literals, LiteralTableBits);
        code.Build([.. lengths]);
        return code;
    }

    private bool Dynamic(ref BitReader bits)
    {
        if (!bits.TryRead(5, out int literals) || !bits.TryRead(5, out int distances) || !bits.TryRead(4, out int codes))
        {
            return false;
        }

        literals += 257;
        distances += 1;
        Span<byte> lengths = _lengths;
        lengths.Clear();
        for (int i = 0; i < codes + 4; i++)
        {
            if (!bits.TryRead(3, out int length))
            {
                return false;
            }

            lengths[CodeOrder[i]] = (byte)length;
        }

        _codes.Build(lengths[..CodeOrder.Length]);
        lengths.Clear();
        int at = 0;
        while (at < literals + distances)
        {
            if (!_codes.TryDecode(ref bits, out int symbol))
            {
                return false;
            }

            if (symbol < 16)
            {
                lengths[at++] = (byte)symbol;
                continue;
            }

            (int extra, int least) = symbol switch { 16 => (2, 3), 17 => (3, 3), _ => (7, 11) };
            byte repeated = symbol == 16 && at > 0 ? lengths[at - 1] : (byte)0;
            if (!bits.TryRead(extra, out int more) || at + least + more > literals + distances)
            {
                return false;
            }

            lengths.Slice(at, least + more).Fill(repeated);
            at += least + more;
        }

        _literals.Build(lengths[..Math.Min(literals, Literals)]);
        _distances.Build(lengths.Slice(literals, distances));
        return literals <= Literals;
    }

    private static bool Compressed(ref BitReader bits, HuffmanCode literals, HuffmanCode distances, Span<byte> output, ref int length)
    {
        while (literals.TryDecode(ref bits, out int symbol))
        {
            if (symbol == EndOfBlock)
            {
                return true;
            }

            if (length == output.Length)
            {
                return false;
            }

            if (symbol < EndOfBlock)
            {
                output[length++] = (byte)symbol;
                continue;
            }

            int index = symbol - EndOfBlock - 1;
            if (index >= LengthBase.Length || !bits.TryRead(LengthExtra[index], out int extra)
                || !distances.TryDecode(ref bits, out int far) || far >= Distances || !bits.TryRead(DistanceExtra[far], out int more))
            {
                return false;
            }

            int distance = DistanceBase[far] + more;
            int count = Math.Min(LengthBase[index] + extra, output.Length - length);
            if (distance > length)
            {
                return false;
            }

            Repeat(output, length, distance, count);
            length += count;
        }

        return false;
    }

    // Source and copy may overlap: then the copy repeats itself, byte by byte.
    private static void Repeat(Span<byte> output, int at, int distance, int count)
    {
        if (distance >= count)
        {
            output.Slice(at - distance, count).CopyTo(output[at..]);
            return;
        }

        for (int i = at; i < at + count; i++)
        {
            output[i] = output[i - distance];
        }
    }
}
