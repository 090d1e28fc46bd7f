namespace Weft.Conformance.Support;

/// <summary>A header as another program saw it.</summary>
/// <param name="Name">tshark's name of the protocol.</param>
/// <param name="Offset">Where it starts in the frame.</param>
/// <param name="Length">Bytes that tshark counts to it.</param>
/// <param name="Fields">Names and values in the order of the bytes; names may repeat.</param>
public sealed record ExpectedHeader(string Name, int Offset, int Length, IReadOnlyList<KeyValuePair<string, string>> Fields)
{
    /// <summary>The first value of a field, or null.</summary>
    public string? this[string field] => Fields.FirstOrDefault(pair => pair.Key == field).Value;

    /// <summary>All values of a field.</summary>
    public IEnumerable<string> All(string field) => Fields.Where(pair => pair.Key == field).Select(pair => pair.Value);
}

/// <summary>The table that <c>pcaps/expect.sh</c> computes; <c>pcaps/README.md</c> describes its columns.</summary>
public sealed class CorpusExpectation
{
    private readonly Dictionary<int, List<ExpectedHeader>> _frames = [];

    /// <summary>The program and version that computed it.</summary>
    public string ComputedBy { get; private set; } = "";

    /// <summary>SHA-256 of the capture it belongs to, in hexadecimal.</summary>
    public string CaptureSha256 { get; private set; } = "";

    /// <summary>Number of frames.</summary>
    public int FrameCount => _frames.Count;

    /// <summary>Whether the other program looked at a frame.</summary>
    public bool Has(int frame) => _frames.ContainsKey(frame);

    /// <summary>The headers of one frame, outermost first; the first is <c>frame</c> itself.</summary>
    public IReadOnlyList<ExpectedHeader> Headers(int frame) => _frames[frame];

    /// <summary>All headers of all frames.</summary>
    public IEnumerable<ExpectedHeader> All => _frames.Values.SelectMany(headers => headers);

    /// <summary>True if a frame can be compared: all of it was captured and the other program did not give up in it.</summary>
    public static bool IsWhole(CorpusFrame frame, IReadOnlyList<ExpectedHeader> headers) =>
        frame.OriginalLength == frame.Data.Length && headers.All(header => header.Name != "malformed");

    /// <summary>Reads a table.</summary>
    /// <exception cref="FormatException">A line is not as the documentation says.</exception>
    public static CorpusExpectation Parse(IEnumerable<string> lines)
    {
        var table = new CorpusExpectation();
        int number = 0;
        foreach (string line in lines)
        {
            number++;
            if (line.StartsWith('#'))
            {
                table.Comment(line);
            }
            else if (line.Length > 0 && !line.StartsWith("frame\theader", StringComparison.Ordinal))
            {
                table.Row(line, number);
            }
        }

        return table;
    }

    private void Comment(string line)
    {
        string[] words = line.Split(' ', 3);
        switch (words)
        {
            case ["#", "computed", var by]:
                ComputedBy = by["by ".Length..];
                break;
            case ["#", "sha256", var hash]:
                CaptureSha256 = hash;
                break;
        }
    }

    private void Row(string line, int number)
    {
        string[] columns = line.Split('\t');
        if (columns.Length != 5 || !int.TryParse(columns[0], out int frame) || !int.TryParse(columns[2], out int offset) || !int.TryParse(columns[3], out int length))
        {
            throw new FormatException($"line {number} of the table is not frame, header, offset, length, fields: {line}");
        }

        var fields = new List<KeyValuePair<string, string>>();
        foreach (string field in columns[4].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = field.IndexOf('=', StringComparison.Ordinal);
            fields.Add(new(field[..equals], field[(equals + 1)..]));
        }

        if (!_frames.TryGetValue(frame, out List<ExpectedHeader>? headers))
        {
            _frames.Add(frame, headers = []);
        }

        headers.Add(new ExpectedHeader(columns[1], offset, length, fields));
    }
}
