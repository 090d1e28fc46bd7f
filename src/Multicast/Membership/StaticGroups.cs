using System.Collections.Frozen;
using Weft.Packets;

namespace Weft.Multicast;

/// <summary>Configured memberships by segment and group. Immutable, so no recorded program depends on them.</summary>
internal sealed class StaticGroups
{
    private readonly FrozenDictionary<GroupKey, StaticMembership[]> _groups;

    public StaticGroups(SnoopingOptions options)
    {
        All = [.. options.Segments.Index().SelectMany(segment => segment.Item.Static.Select(member => (segment.Index, member)))];
        _groups = All.GroupBy(one => new GroupKey(one.Segment, one.Member.Group), one => one.Member).ToFrozenDictionary(group => group.Key, group => group.ToArray());
    }

    public IReadOnlyList<(int Segment, StaticMembership Member)> All { get; }

    /// <summary>The configured memberships of one group.</summary>
    public ReadOnlySpan<StaticMembership> Of(int segment, IPv6Address group) => _groups.GetValueOrDefault(new GroupKey(segment, group)) ?? [];

    /// <summary>Sets the bits of ports that want the group from the source; false if no port is configured to listen to it at all.</summary>
    public bool Collect(int segment, IPv6Address group, IPv6Address source, Span<ulong> ports, ref bool readSource)
    {
        if (_groups.Count == 0 || !_groups.TryGetValue(new GroupKey(segment, group), out StaticMembership[]? members))
        {
            return false;
        }

        foreach (StaticMembership member in members)
        {
            readSource |= member.Source is not null;
            if (member.Source is null || member.Source == source)
            {
                ports[member.Port >> 6] |= 1UL << member.Port;
            }
        }

        return true;
    }
}
