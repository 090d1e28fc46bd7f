namespace Weft.Analytics;

/// <summary>
/// The intended state of a process, or of a kind of process: how often each value of each column occurred while it behaved. The
/// writer's side; <see cref="Publish"/> makes the snapshot that scores alarms.
/// </summary>
/// <remarks>
/// Only counts are kept, no rows. The sums are integers of fixed point, so that the order of additions does not matter, a removal
/// undoes an addition bit for bit, and models of one schema merge exactly. One thread at a time; nothing allocates after the
/// constructor except <see cref="Publish"/>. Adding or removing a row costs two logarithms a column.
/// </remarks>
public sealed class HoloEntropyModel
{
    private readonly long[][] _counts;
    private readonly Int128[] _sums;
    private HoloEntropyCounters _counters;

    /// <summary>Creates an empty model. The schema takes no further attributes afterwards.</summary>
    public HoloEntropyModel(HoloEntropySchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        schema.Freeze();
        Schema = schema;
        _counts = new long[schema.ColumnCount][];
        _sums = new Int128[schema.ColumnCount];
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] = new long[schema.CapacityOf(i) + 1];
        }
    }

    /// <summary>What the columns mean.</summary>
    public HoloEntropySchema Schema { get; }

    /// <summary>Rows in the model.</summary>
    public long RowCount { get; private set; }

    /// <summary>What was taken and refused so far.</summary>
    public ref readonly HoloEntropyCounters Counters => ref _counters;

    /// <summary>How often a value occurs; for code 0, how many rows had a value outside the table.</summary>
    public long CountOf(AttributeId attribute, ushort code) => _counts[attribute.Index][code];

    /// <summary>The entropy of a column in natural units.</summary>
    public double EntropyOf(AttributeId attribute) => Entropy.OfColumn(RowCount, Entropy.FromFixed(_sums[attribute.Index]));

    /// <summary>Adds a complete row, <paramref name="weight"/> times.</summary>
    /// <returns>False if the row is malformed or a count would pass 2^40; nothing changed and the reason was counted.</returns>
    public bool Add(ReadOnlySpan<ushort> row, long weight = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1);
        if (!IsWellFormed(row))
        {
            _counters.Malformed++;
            return false;
        }

        // No column's count is above the number of rows, so this is the only one to look at.
        if (weight > Entropy.MaxCount - RowCount)
        {
            _counters.Saturated++;
            return false;
        }

        Change(row, weight);
        _counters.Added++;
        return true;
    }

    /// <summary>
    /// Removes a row that was added, <paramref name="weight"/> times. Since no rows are kept, what is checked is that each of its
    /// values occurs as often.
    /// </summary>
    /// <returns>False if one does not, or the row is malformed; nothing changed and the reason was counted.</returns>
    public bool TryRemove(ReadOnlySpan<ushort> row, long weight = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1);
        if (!IsWellFormed(row))
        {
            _counters.Malformed++;
            return false;
        }

        for (int i = 0; i < row.Length; i++)
        {
            if (_counts[i][row[i]] < weight)
            {
                _counters.Absent++;
                return false;
            }
        }

        Change(row, -weight);
        _counters.Removed++;
        return true;
    }

    /// <summary>Adds every row of another model of the same schema: shards, or machines that share a role.</summary>
    /// <returns>False if a count would pass 2^40; nothing changed.</returns>
    /// <exception cref="ArgumentException">The other model has another schema.</exception>
    public bool Merge(HoloEntropyModel other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!ReferenceEquals(Schema, other.Schema))
        {
            throw new ArgumentException($"{nameof(other)} has another schema.");
        }

        if (other.RowCount > Entropy.MaxCount - RowCount)
        {
            _counters.Saturated++;
            return false;
        }

        for (int i = 0; i < _counts.Length; i++)
        {
            for (int code = 0; code < _counts[i].Length; code++)
            {
                long added = other._counts[i][code];
                if (added != 0)
                {
                    Change(i, code, added);
                }
            }
        }

        RowCount += other.RowCount;
        return true;
    }

    /// <summary>Makes an immutable scorer of the present counts. Costs a pass over all tables, and their copy.</summary>
    /// <param name="options">How alarms are scored.</param>
    /// <param name="calibration">
    /// Complete rows one after another that say what ordinary factors are; in the model or not, as
    /// <see cref="HoloEntropyOptions.Calibration"/> says. Without any, every p-value is 1 and the conformal rule finds no outlier.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range, or the rows have another length; the message names it.</exception>
    public HoloEntropySnapshot Publish(HoloEntropyOptions options, ReadOnlySpan<ushort> calibration = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return new HoloEntropySnapshot(this, options, calibration);
    }

    internal ReadOnlySpan<long> CountsOf(int column) => _counts[column];

    internal Int128 SumOf(int column) => _sums[column];

    internal HoloEntropyModel Copy()
    {
        var copy = new HoloEntropyModel(Schema);
        _ = copy.Merge(this);
        return copy;
    }

    internal bool IsWellFormed(ReadOnlySpan<ushort> row)
    {
        if (row.Length != _counts.Length)
        {
            return false;
        }

        for (int i = 0; i < row.Length; i++)
        {
            if (row[i] > Schema.ValueCount(new AttributeId(i)))
            {
                return false;
            }
        }

        return true;
    }

    private void Change(ReadOnlySpan<ushort> row, long change)
    {
        for (int i = 0; i < row.Length; i++)
        {
            Change(i, row[i], change);
        }

        RowCount += change;
    }

    private void Change(int column, int code, long change)
    {
        ref long count = ref _counts[column][code];

        // Values outside the table are all different from one another, and n ln n of 1 is 0.
        if (code != 0)
        {
            _sums[column] += Entropy.FixedCountLog(count + change) - Entropy.FixedCountLog(count);
        }

        count += change;
    }
}
