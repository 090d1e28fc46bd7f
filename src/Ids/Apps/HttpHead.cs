namespace Weft.Ids;

/// <summary>One header line; a line that continues it belongs to its value.</summary>
internal struct HttpField
{
    public int NameStart;
    public int NameLength;
    public int ValueStart;
    public int ValueLength;
}

/// <summary>
/// The head of an HTTP/1 message taken apart (RFC 9112), as leniently as the most lenient of receivers: line ends without CR,
/// blanks before the colon, continued lines.
/// </summary>
internal sealed class HttpHead
{
    private const int MaxFields = 256;

    private readonly HttpField[] _fields = new HttpField[MaxFields];
    private byte[] _bytes = [];
    private int _openName = -1;

    public int FieldCount { get; private set; }

    public bool IsRequest { get; private set; }

    /// <summary>Length of the first line without its end.</summary>
    public int LineLength { get; private set; }

    /// <summary>Where the header lines begin.</summary>
    public int FieldsStart { get; private set; }

    public Range Method { get; private set; }

    public Range Target { get; private set; }

    public Range Protocol { get; private set; }

    public Range Status { get; private set; }

    public Range Reason { get; private set; }

    public ReadOnlySpan<byte> All => _bytes.AsSpan(0, Length);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Line => All[..LineLength];

    public ReadOnlySpan<byte> NameOf(int field) => All.Slice(_fields[field].NameStart, _fields[field].NameLength);

    public ReadOnlySpan<byte> ValueOf(int field) => All.Slice(_fields[field].ValueStart, _fields[field].ValueLength);

    /// <summary>Takes a head apart.</summary>
    /// <param name="bytes">From the first line to the empty line, copied.</param>
    /// <param name="isRequest">True if the client sent it.</param>
    public void Parse(ReadOnlySpan<byte> bytes, bool isRequest)
    {
        if (_bytes.Length < bytes.Length)
        {
            throw new InvalidOperationException("The head is longer than the buffer that Reserve made.");
        }

        bytes.CopyTo(_bytes);
        Length = bytes.Length;
        IsRequest = isRequest;
        FieldCount = 0;
        _openName = -1;
        int end = LineEnd(All, 0, out int next);
        LineLength = end;
        FieldsStart = next;
        if (isRequest)
        {
            ParseRequestLine(All[..end]);
        }
        else
        {
            ParseStatusLine(All[..end]);
        }

        ParseFields(next);
    }

    /// <summary>Makes room for heads of so many bytes.</summary>
    public void Reserve(int size) => _bytes = new byte[size];

    /// <summary>The value of a header.</summary>
    /// <returns>Number of the first line with that name, or -1.</returns>
    public int Find(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < FieldCount; i++)
        {
            if (HttpWords.IsName(NameOf(i), name))
            {
                return i;
            }
        }

        return -1;
    }

    private void ParseRequestLine(ReadOnlySpan<byte> line)
    {
        int method = line.IndexOfAny(" \t\0"u8);
        method = method < 0 ? line.Length : method;
        int target = method;
        while (target < line.Length && IsBlank(line[target]))
        {
            target++;
        }

        // A target may have blanks in it; the protocol is what stands behind the last one, if it looks like one.
        int last = line.LastIndexOfAny(" \t"u8);
        bool hasProtocol = last >= target && HttpWords.EqualsAnyCase(line[(last + 1)..][..Math.Min(4, line.Length - last - 1)], "HTTP"u8);
        if (!hasProtocol)
        {
            int blank = line[target..].IndexOfAny(" \t"u8);
            last = blank < 0 ? line.Length : line.Length;
        }

        int targetEnd = Math.Max(target, last);
        while (targetEnd > target && IsBlank(line[targetEnd - 1]))
        {
            targetEnd--;
        }

        Method = 0..method;
        Target = target..targetEnd;
        Protocol = hasProtocol ? (last + 1)..line.Length : line.Length..line.Length;
    }

    private void ParseStatusLine(ReadOnlySpan<byte> line)
    {
        int at = line.IndexOfAny(" \t"u8);
        at = at < 0 ? line.Length : at;
        Protocol = 0..at;
        while (at < line.Length && IsBlank(line[at]))
        {
            at++;
        }

        int status = at;
        while (at < line.Length && !IsBlank(line[at]))
        {
            at++;
        }

        Status = status..at;
        while (at < line.Length && IsBlank(line[at]))
        {
            at++;
        }

        Reason = at..line.Length;
    }

    private void ParseFields(int at)
    {
        ReadOnlySpan<byte> bytes = All;
        while (at < bytes.Length)
        {
            int end = LineEnd(bytes, at, out int next);
            if (end < at)
            {
                return;
            }

            ReadOnlySpan<byte> line = bytes[at..end];
            if (line.IsEmpty)
            {
                at = next;
                continue;
            }

            line = line[0] == '\r' ? line[1..] : line;
            at = end - line.Length;

            bool isContinuation = !line.IsEmpty && IsBlank(line[0]);
            if (isContinuation && _openName >= 0)
            {
                // A name whose colon stands in the line behind it.
                AddField(_openName, bytes[_openName..end]);
            }
            else if (isContinuation && FieldCount > 0)
            {
                ref HttpField before = ref _fields[FieldCount - 1];
                before.ValueLength = end - before.ValueStart;
            }
            else if (FieldCount < MaxFields)
            {
                AddField(at, line);
            }

            at = next;
        }
    }

    private void AddField(int at, ReadOnlySpan<byte> line)
    {
        int colon = line.IndexOf((byte)':');
        _openName = colon < 0 ? at : -1;
        if (colon <= 0 || FieldCount == MaxFields)
        {
            return;
        }

        int nameEnd = colon;
        while (nameEnd > 0 && IsBlank(line[nameEnd - 1]))
        {
            nameEnd--;
        }

        int value = colon + 1;
        while (value < line.Length && IsBlank(line[value]))
        {
            value++;
        }

        int valueEnd = line.Length;
        while (valueEnd > value && IsBlank(line[valueEnd - 1]))
        {
            valueEnd--;
        }

        _fields[FieldCount++] = new HttpField { NameStart = at, NameLength = nameEnd, ValueStart = at + value, ValueLength = valueEnd - value };
    }

    private static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0x0B or 0x0C or 0;

    private static int LineEnd(ReadOnlySpan<byte> bytes, int at, out int next)
    {
        // Some receivers take a CR alone for a line end, some a LF with the CR behind it.
        if (at > 0 && bytes[at - 1] == '\n' && at + 1 < bytes.Length && bytes[at] == '\r' && bytes[at + 1] != '\n')
        {
            at++;
        }

        int stop = bytes[at..].IndexOfAny((byte)'\r', (byte)'\n');
        int end = stop < 0 ? bytes.Length : at + stop;
        next = stop < 0 ? bytes.Length : end + (bytes[end] == '\r' && end + 1 < bytes.Length && bytes[end + 1] == '\n' ? 2 : 1);
        return end;
    }
}
