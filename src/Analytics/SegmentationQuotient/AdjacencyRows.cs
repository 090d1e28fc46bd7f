namespace Weft.Analytics;

/// <summary>A list of (entity, weight) for each entity, all in one array; a list that outgrows its place moves to the end.</summary>
internal sealed class AdjacencyRows(int rows)
{
    private readonly int[] _starts = new int[rows];
    private readonly int[] _capacities = new int[rows];
    private int _used;

    public int[] Lengths { get; } = new int[rows];

    public int[] Targets { get; private set; } = [];

    public double[] Weights { get; private set; } = [];

    public ReadOnlySpan<int> Row(int row) => Targets.AsSpan(_starts[row], Lengths[row]);

    public ReadOnlySpan<double> WeightsOf(int row) => Weights.AsSpan(_starts[row], Lengths[row]);

    public void Clear(int row) => Lengths[row] = 0;

    public void Add(int row, int target, double weight)
    {
        int length = Lengths[row];
        if (length == _capacities[row])
        {
            Move(row, Math.Max(4, 2 * length));
        }

        Targets[_starts[row] + length] = target;
        Weights[_starts[row] + length] = weight;
        Lengths[row] = length + 1;
    }

    public void Reserve(int row, int length)
    {
        if (length > _capacities[row])
        {
            Move(row, length);
        }
    }

    /// <summary>Removes one entry for a target; the others keep their order.</summary>
    public void Remove(int row, int target)
    {
        int start = _starts[row];
        int at = Row(row).IndexOf(target);
        int rest = Lengths[row] - at - 1;
        Targets.AsSpan(start + at + 1, rest).CopyTo(Targets.AsSpan(start + at));
        Weights.AsSpan(start + at + 1, rest).CopyTo(Weights.AsSpan(start + at));
        Lengths[row]--;
    }

    private void Move(int row, int capacity)
    {
        if (_used + capacity > Targets.Length)
        {
            int size = Math.Max(_used + capacity, Targets.Length * 3 / 2);
            int[] targets = new int[size];
            double[] weights = new double[size];
            Targets.AsSpan(0, _used).CopyTo(targets);
            Weights.AsSpan(0, _used).CopyTo(weights);
            Targets = targets;
            Weights = weights;
        }

        Row(row).CopyTo(Targets.AsSpan(_used));
        WeightsOf(row).CopyTo(Weights.AsSpan(_used));
        _starts[row] = _used;
        _capacities[row] = capacity;
        _used += capacity;
    }
}
