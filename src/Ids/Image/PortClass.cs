namespace Weft.Ids;

/// <summary>Ports that share a group of rules, while groups are made.</summary>
internal sealed class PortClass
{
    // A group may have an eighth more rules than a port of it needs: fewer groups are built sooner and stay in caches.
    private const int MostMore = 8;

    // Rules that make a scan slow are for none but the ports that need them.
    private const int Costly = 4096;

    private readonly CompiledRule[] _all;
    private int _smallest;

    /// <param name="all">The compiled rules.</param>
    /// <param name="key">What tells the set of rules from others.</param>
    /// <param name="rules">Numbers of those that are for some ports only.</param>
    public PortClass(CompiledRule[] all, ulong key, int[] rules)
        : this(all, rules)
    {
        Keys.Add(key);
        _smallest = Weight(rules);
    }

    public PortClass(CompiledRule[] all, int[] rules) => (_all, Rules) = (all, [.. rules]);

    public List<ulong> Keys { get; } = [];

    public HashSet<int> Rules { get; }

    /// <summary>Takes in ports with these rules, if the group then has not too many that one of its ports does not need.</summary>
    /// <param name="key">What tells the set of rules from others.</param>
    /// <param name="rules">Rules that are for these ports.</param>
    /// <param name="open">Rules that are for all ports.</param>
    public bool TryTake(ulong key, int[] rules, int open)
    {
        int weight = Weight(rules);
        int needed = open + Math.Min(_smallest, weight);
        if (open + Weight(Rules) + Weight(rules.Where(rule => !Rules.Contains(rule))) > needed + needed / MostMore)
        {
            return false;
        }

        Keys.Add(key);
        Rules.UnionWith(rules);
        _smallest = Math.Min(_smallest, weight);
        return true;
    }

    private int Weight(IEnumerable<int> rules) => rules.Sum(rule => RuleGroupBuilder.IsCostly(_all[rule]) ? Costly : 1);
}
