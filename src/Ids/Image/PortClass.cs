namespace Weft.Ids;

/// <summary>Ports that share a group of rules, while groups are made.</summary>
internal sealed class PortClass
{
    // A group may have an eighth more rules than a port of it needs: fewer groups are built sooner and stay in caches.
    private const int MostMore = 8;

    private int _smallest;

    /// <param name="key">What tells the set of rules from others.</param>
    /// <param name="rules">Rules that are for some ports only.</param>
    public PortClass(ulong key, int[] rules)
    {
        Keys.Add(key);
        Rules = [.. rules];
        _smallest = rules.Length;
    }

    public PortClass(int[] rules) => Rules = [.. rules];

    public List<ulong> Keys { get; } = [];

    public HashSet<int> Rules { get; }

    /// <summary>Takes in ports with these rules, if the group then has not too many that one of its ports does not need.</summary>
    /// <param name="key">What tells the set of rules from others.</param>
    /// <param name="rules">Rules that are for these ports.</param>
    /// <param name="open">Rules that are for all ports.</param>
    public bool TryTake(ulong key, int[] rules, int open)
    {
        int added = rules.Count(rule => !Rules.Contains(rule));
        int needed = open + Math.Min(_smallest, rules.Length);
        if (open + Rules.Count + added > needed + needed / MostMore)
        {
            return false;
        }

        Keys.Add(key);
        Rules.UnionWith(rules);
        _smallest = Math.Min(_smallest, rules.Length);
        return true;
    }
}
