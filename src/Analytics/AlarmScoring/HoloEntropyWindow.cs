namespace Weft.Analytics;

/// <summary>An intended state made of the last rows only: a new row pushes the oldest out, exactly.</summary>
/// <remarks>One thread at a time; nothing allocates after the constructor.</remarks>
public sealed class HoloEntropyWindow
{
    private readonly ushort[] _rows;
    private readonly int _columns;
    private readonly int _capacity;
    private int _next;

    /// <summary>Creates an empty window.</summary>
    /// <param name="schema">The columns.</param>
    /// <param name="capacity">Rows it holds, at least 1.</param>
    public HoloEntropyWindow(HoloEntropySchema schema, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        Model = new HoloEntropyModel(schema);
        _columns = schema.ColumnCount;
        _capacity = capacity;
        _rows = new ushort[checked(_columns * capacity)];
    }

    /// <summary>The counts of the rows inside. To be read and published; what is added to it directly never leaves.</summary>
    public HoloEntropyModel Model { get; }

    /// <summary>Rows inside.</summary>
    public int Count { get; private set; }

    /// <summary>The rows inside, in no particular order: calibration for <see cref="HoloEntropyModel.Publish"/>.</summary>
    public ReadOnlySpan<ushort> Rows => _rows.AsSpan(0, Count * _columns);

    /// <summary>Adds a complete row; the oldest leaves if the window is full.</summary>
    /// <returns>False if the row is malformed.</returns>
    public bool Add(ReadOnlySpan<ushort> row)
    {
        if (!Model.Add(row))
        {
            return false;
        }

        Span<ushort> place = _rows.AsSpan(_next * _columns, _columns);
        if (Count == _capacity)
        {
            _ = Model.TryRemove(place);
        }
        else
        {
            Count++;
        }

        row.CopyTo(place);
        _next = (_next + 1) % _capacity;
        return true;
    }
}
