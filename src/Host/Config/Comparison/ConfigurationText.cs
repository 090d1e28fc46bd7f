using Weft.Host.Config.Shapes;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Comparison;

/// <summary>What a plan was made of: the document with its overrides, to be compared with another.</summary>
internal sealed class ConfigurationText(Node root)
{
    /// <summary>What another text changes about this one.</summary>
    public IReadOnlyList<ConfigurationChange> ChangesTo(ConfigurationText other)
    {
        FlatConfiguration before = Flatten(), after = other.Flatten();
        var changes = new List<ConfigurationChange>();
        var whole = new HashSet<string>();
        foreach (string path in before.Paths.Union(after.Paths))
        {
            if (IsInside(path, whole))
            {
                // A member that comes or goes was told of as a whole.
                continue;
            }

            if ((before.MembersOf(path) ?? after.MembersOf(path)) is not null)
            {
                CompareMembers(path, before, after, changes, whole);
            }
            else if (before.ValueOf(path) is var old && after.ValueOf(path) is var next && old != next)
            {
                ChangeKind kind = old is null ? ChangeKind.Added : next is null ? ChangeKind.Removed : ChangeKind.Changed;
                changes.Add(new ConfigurationChange(path, kind, old, next));
            }
        }

        return changes;
    }

    private static void CompareMembers(string path, FlatConfiguration before, FlatConfiguration after, List<ConfigurationChange> changes, HashSet<string> whole)
    {
        IReadOnlyList<string> old = before.MembersOf(path) ?? [], next = after.MembersOf(path) ?? [];
        var gone = old.Except(next).ToHashSet();
        var come = next.Except(old).ToHashSet();
        changes.AddRange(old.Where(gone.Contains).Select(member => new ConfigurationChange(member, ChangeKind.Removed, before.Describe(member), null)));
        changes.AddRange(next.Where(come.Contains).Select(member => new ConfigurationChange(member, ChangeKind.Added, null, after.Describe(member))));
        whole.UnionWith(gone);
        whole.UnionWith(come);
        string[] kept = [.. old.Where(member => !gone.Contains(member))], moved = [.. next.Where(member => !come.Contains(member))];
        if (!kept.SequenceEqual(moved))
        {
            changes.Add(new ConfigurationChange(path, ChangeKind.Changed, Names(kept), Names(moved)));
        }

        string Names(string[] members) => $"[{string.Join(", ", members.Select(member => member[(path.Length + 1)..^1]))}]";
    }

    private static bool IsInside(string path, HashSet<string> members)
    {
        for (int end = path.IndexOf(']', StringComparison.Ordinal); end >= 0; end = path.IndexOf(']', end + 1))
        {
            if (members.Contains(path[..(end + 1)]))
            {
                return true;
            }
        }

        return false;
    }

    private FlatConfiguration Flatten()
    {
        var flat = new FlatConfiguration();
        DocumentShape.Root.Flatten(root as MappingNode, "", flat);
        return flat;
    }
}
