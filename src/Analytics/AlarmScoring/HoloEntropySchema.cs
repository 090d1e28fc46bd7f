using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Analytics;

/// <summary>
/// What an alarm is described by: categorical attributes, each with a bounded table of the values seen, and composites of them.
/// A composite is a column of its own whose value is the combination of its parts: holo-entropy sums over columns, so a
/// combination that never occurs is invisible without one.
/// </summary>
/// <remarks>
/// Add attributes, then composites, then make models. A row is one code a column, <see cref="ColumnCount"/> in all: intern or
/// find a code for each attribute, then let <see cref="Complete"/> fill in the composites. Code 0 is a value outside the table:
/// every row that has it counts as unlike every other. One thread at a time; nothing allocates after the last attribute was added.
/// </remarks>
public sealed class HoloEntropySchema
{
    /// <summary>Most columns.</summary>
    public const int MaxColumns = 1024;

    /// <summary>Most values an attribute can remember.</summary>
    public const int MaxValuesPerAttribute = ushort.MaxValue - 1;

    /// <summary>Most parts of a composite.</summary>
    public const int MaxParts = 8;

    private readonly HashSeed _seed;
    private readonly List<Column> _columns = [];
    private bool _frozen;

    /// <summary>Creates a schema without attributes.</summary>
    /// <param name="seed">Secret of the value tables' hash; random in production, fixed in tests and replays.</param>
    public HoloEntropySchema(HashSeed seed) => _seed = seed;

    private HoloEntropySchema(HoloEntropySchema other)
    {
        _seed = other._seed;
        AttributeCount = other.AttributeCount;
        _frozen = true;
        foreach (Column column in other._columns)
        {
            _columns.Add(column with { Values = column.Values.Clone() });
        }
    }

    /// <summary>Plain attributes: the codes that a caller provides.</summary>
    public int AttributeCount { get; private set; }

    /// <summary>Attributes and composites: the length of a row.</summary>
    public int ColumnCount => _columns.Count;

    /// <summary>Adds an attribute.</summary>
    /// <param name="name">What people call it, such as <c>process.executable</c>.</param>
    /// <param name="maxValues">Values it remembers, 1 to <see cref="MaxValuesPerAttribute"/>; each takes about 90 bytes.</param>
    /// <exception cref="InvalidOperationException">A composite was added or a model made already.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range, or there are <see cref="MaxColumns"/> columns.</exception>
    public AttributeId AddAttribute(string name, int maxValues)
    {
        if (AttributeCount != _columns.Count)
        {
            throw new InvalidOperationException("Attributes are added before composites.");
        }

        AttributeId id = Add(name, maxValues, [], ValueTable.MaxStoredBytes);
        AttributeCount++;
        return id;
    }

    /// <summary>Adds a column whose value is the combination of other attributes' values.</summary>
    /// <param name="name">What people call it.</param>
    /// <param name="parts">2 to <see cref="MaxParts"/> plain attributes.</param>
    /// <param name="maxValues">Combinations it remembers, 1 to <see cref="MaxValuesPerAttribute"/>.</param>
    /// <exception cref="InvalidOperationException">A model was made already.</exception>
    /// <exception cref="ArgumentException">A part is no plain attribute of this schema, or their number is out of range.</exception>
    public AttributeId AddComposite(string name, ReadOnlySpan<AttributeId> parts, int maxValues)
    {
        if (parts.Length is < 2 or > MaxParts)
        {
            throw new ArgumentException($"{nameof(parts)} has {parts.Length} attributes; the allowed range is 2 to {MaxParts}.");
        }

        foreach (AttributeId part in parts)
        {
            if ((uint)part.Index >= (uint)AttributeCount)
            {
                throw new ArgumentException($"{nameof(parts)} names attribute {part.Index}; there are {AttributeCount}.");
            }
        }

        return Add(name, maxValues, parts.ToArray(), parts.Length * sizeof(ushort));
    }

    /// <summary>The name of a column.</summary>
    public string NameOf(AttributeId attribute) => _columns[attribute.Index].Name;

    /// <summary>The attributes that a composite is made of; empty for a plain attribute.</summary>
    public ReadOnlySpan<AttributeId> PartsOf(AttributeId attribute) => _columns[attribute.Index].Parts;

    /// <summary>Values that a column remembers now.</summary>
    public int ValueCount(AttributeId attribute) => _columns[attribute.Index].Values.Count;

    /// <summary>Values that a column refused because its table was full. Not 0 means saturated: raise an alarm of its own.</summary>
    public long RefusedValues(AttributeId attribute) => _columns[attribute.Index].Values.Refused;

    /// <summary>The code of a value, remembered from now on. Use it when learning.</summary>
    /// <returns>0 if the attribute's table is full and the value is not in it.</returns>
    public ushort Intern(AttributeId attribute, ReadOnlySpan<byte> value) => _columns[attribute.Index].Values.Intern(value);

    /// <summary>The code of a value without remembering it. Use it when scoring: a stranger cannot fill the table.</summary>
    /// <returns>0 if the value is unknown.</returns>
    public ushort Find(AttributeId attribute, ReadOnlySpan<byte> value) => _columns[attribute.Index].Values.Find(value);

    /// <summary>The value behind a code, at most its first 64 bytes; a composite's are its parts' codes, two bytes each, low byte first.</summary>
    /// <returns>False for code 0 and for codes not given out.</returns>
    public bool TryGetValue(AttributeId attribute, ushort code, out ReadOnlySpan<byte> value)
    {
        ValueTable values = _columns[attribute.Index].Values;
        bool known = code != 0 && code <= values.Count;
        value = known ? values.ValueOf(code) : default;
        return known;
    }

    /// <summary>Fills in the composites of a row, remembering their combinations if <paramref name="learn"/> is true.</summary>
    /// <param name="row"><see cref="ColumnCount"/> codes, of which the first <see cref="AttributeCount"/> are given.</param>
    /// <param name="learn">True when the row is going to be added to a model, false when it is only scored.</param>
    /// <exception cref="ArgumentException">The row has another length.</exception>
    public void Complete(Span<ushort> row, bool learn)
    {
        if (row.Length != ColumnCount)
        {
            throw new ArgumentException($"{nameof(row)} has {row.Length} codes; the schema has {ColumnCount} columns.");
        }

        Span<byte> combination = stackalloc byte[MaxParts * sizeof(ushort)];
        for (int i = AttributeCount; i < row.Length; i++)
        {
            Column column = _columns[i];
            bool known = true;
            for (int part = 0; part < column.Parts.Length; part++)
            {
                ushort code = row[column.Parts[part].Index];
                known &= code != 0;
                BinaryPrimitives.WriteUInt16LittleEndian(combination[(part * sizeof(ushort))..], code);
            }

            ReadOnlySpan<byte> value = combination[..(column.Parts.Length * sizeof(ushort))];
            row[i] = !known ? (ushort)0 : learn ? column.Values.Intern(value) : column.Values.Find(value);
        }
    }

    /// <summary>A copy that no one changes, for readers on other threads.</summary>
    internal HoloEntropySchema Snapshot() => new(this);

    internal void Freeze() => _frozen = true;

    internal int CapacityOf(int column) => _columns[column].Values.MaxValues;

    private AttributeId Add(string name, int maxValues, AttributeId[] parts, int storedBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxValues, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxValues, MaxValuesPerAttribute);
        if (_frozen)
        {
            throw new InvalidOperationException("Attributes are added before the first model is made.");
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ColumnCount, MaxColumns);
        _columns.Add(new Column(name, new ValueTable(_seed, maxValues, storedBytes), parts));
        return new AttributeId(_columns.Count - 1);
    }

    private readonly record struct Column(string Name, ValueTable Values, AttributeId[] Parts);
}
