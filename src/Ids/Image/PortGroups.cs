namespace Weft.Ids;

/// <summary>
/// The rules of one transport and direction, apart for the ports of servers: packets to a port are compared only with rules
/// that may be for it, or few others. Ports whose rules are nearly the same share a group; those beyond a number share one that
/// has all.
/// </summary>
internal sealed class PortGroups
{
    private const int MaxGroups = 48;

    // Sets of rules that are tried for groups of their own, those of most ports first.
    private const int MaxClasses = 256;
    private const int Ports = 65_536;

    private readonly RuleGroup[] _groups;
    private readonly byte[] _groupOf;

    /// <param name="rules">The compiled rules.</param>
    /// <param name="members">Numbers of those that belong here.</param>
    /// <param name="buffer">Number of the payload buffer, or -1 if no rule looks at it.</param>
    /// <param name="toServer">True if the server is the receiver.</param>
    /// <param name="hasPorts">False for transports without ports.</param>
    /// <param name="isTcp">True if rules for streams are among them.</param>
    public PortGroups(CompiledRule[] rules, int[] members, int buffer, bool toServer, bool hasPorts, bool isTcp)
    {
        var builder = new RuleGroupBuilder(rules);
        int[] restricted = hasPorts ? [.. members.Where(rule => IsRestricted(rules[rule].Rule, toServer))] : [];
        _groupOf = new byte[Ports];
        if (restricted.Length == 0)
        {
            _groups = [builder.Build(members, IsScanned, isTcp, toServer)];
            return;
        }

        var ofRestricted = restricted.ToHashSet();
        List<(ushort First, int Count, ulong Key)> classes = Classes(rules, restricted, toServer, out ulong[] keys);
        int open = members.Length - restricted.Length;
        var merged = new List<PortClass>();
        foreach ((ushort first, _, ulong key) in classes.Take(MaxClasses))
        {
            int[] own = [.. restricted.Where(rule => MayBeFor(rules[rule].Rule, first, toServer))];
            if (!merged.Exists(one => one.TryTake(key, own, open)) && merged.Count < MaxGroups)
            {
                merged.Add(new PortClass(rules, key, own));
            }
        }

        // Ports that found no group share one that has all.
        int taken = merged.Sum(one => one.Keys.Count);
        if (taken < classes.Count)
        {
            merged.Add(new PortClass(rules, restricted));
        }

        Dictionary<ulong, byte> numbers = [];
        for (int i = 0; i < merged.Count; i++)
        {
            foreach (ulong key in merged[i].Keys)
            {
                numbers[key] = (byte)i;
            }
        }

        for (int port = 0; port < Ports; port++)
        {
            _groupOf[port] = numbers.GetValueOrDefault(keys[port], (byte)(merged.Count - 1));
        }

        _groups = [.. merged.Select(one => builder.Build(members.Where(rule => !ofRestricted.Contains(rule) || one.Rules.Contains(rule)), IsScanned, isTcp, toServer))];

        bool IsScanned(CompiledSection section) => section.Buffer == buffer;
    }

    public IReadOnlyList<RuleGroup> All => _groups;

    public RuleGroup For(ushort serverPort) => _groups[_groupOf[serverPort]];

    /// <summary>Ports whose rules are the same, those of most ports first.</summary>
    private static List<(ushort First, int Count, ulong Key)> Classes(CompiledRule[] rules, int[] restricted, bool toServer, out ulong[] keys)
    {
        keys = new ulong[Ports];
        foreach (int rule in restricted)
        {
            // A random number a rule, added up for each port, tells sets of rules apart: it begins with a range and ends behind it.
            ulong number = Mix((ulong)rule + 1);
            foreach ((int first, int behind) in RangesOf(rules[rule].Rule, toServer))
            {
                keys[first] += number;
                if (behind < Ports)
                {
                    keys[behind] -= number;
                }
            }
        }

        for (int port = 1; port < Ports; port++)
        {
            keys[port] += keys[port - 1];
        }

        var classes = new Dictionary<ulong, (ushort First, int Count)>();
        for (int port = 0; port < Ports; port++)
        {
            (ushort first, int count) = classes.GetValueOrDefault(keys[port], ((ushort)port, 0));
            classes[keys[port]] = (first, count + 1);
        }

        return [.. classes.Select(one => (one.Value.First, one.Value.Count, one.Key)).OrderByDescending(one => one.Count)];
    }

    private static PortSet PortsOf(Rule rule, bool toServer) => toServer ? rule.DestinationPorts : rule.SourcePorts;

    private static bool IsRestricted(Rule rule, bool toServer) => !PortsOf(rule, toServer).IsAny && (!rule.IsBidirectional || !PortsOf(rule, !toServer).IsAny);

    private static bool MayBeFor(Rule rule, ushort port, bool toServer) =>
        PortsOf(rule, toServer).Contains(port) || (rule.IsBidirectional && PortsOf(rule, !toServer).Contains(port));

    /// <summary>The ranges of ports that a rule may be for, apart from each other.</summary>
    private static List<(int First, int Behind)> RangesOf(Rule rule, bool toServer)
    {
        var ranges = new List<(int First, int Behind)>();
        foreach ((ushort first, ushort last) in PortsOf(rule, toServer).Ranges)
        {
            ranges.Add((first, last + 1));
        }

        foreach ((ushort first, ushort last) in rule.IsBidirectional ? PortsOf(rule, !toServer).Ranges : [])
        {
            ranges.Add((first, last + 1));
        }

        ranges.Sort();
        var merged = new List<(int First, int Behind)>();
        foreach ((int first, int behind) in ranges)
        {
            if (merged.Count > 0 && first <= merged[^1].Behind)
            {
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Behind, behind));
            }
            else
            {
                merged.Add((first, behind));
            }
        }

        return merged;
    }

    private static ulong Mix(ulong value)
    {
        // The finisher of SplitMix64.
        value *= 0x9E3779B97F4A7C15;
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9;
        value = (value ^ value >> 27) * 0x94D049BB133111EB;
        return value ^ value >> 31;
    }
}
