using Weft.Packets;

namespace Weft.Bridge;

/// <summary>Groups of a <see cref="LinkAggregator"/>.</summary>
public sealed record LinkAggregatorOptions
{
    /// <summary>Most links of a group.</summary>
    public const int MaxMembers = 64;

    /// <summary>Ports of the switch, members or not.</summary>
    public required int PortCount { get; init; }

    /// <summary>The groups; a group's place in the list is its number.</summary>
    public required IReadOnlyList<LinkGroupOptions> Groups { get; init; }

    /// <summary>Identifies the system; source address of frames as well.</summary>
    public required MacAddress System { get; init; }

    /// <summary>Secret by which flows are spread.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>Time from which on the engine runs.</summary>
    public Timestamp Start { get; init; }

    internal void Validate()
    {
        Check(System.IsValidSource, nameof(System), System, "the address of one station");
        var seen = new HashSet<int>();
        foreach (LinkGroupOptions group in Groups)
        {
            Check(group.Members.Count is >= 1 and <= MaxMembers, nameof(LinkGroupOptions.Members), $"{group.Members.Count} entries long", $"1 to {MaxMembers}");
            Check(group.MinLinks >= 1 && group.MinLinks <= group.Members.Count, nameof(LinkGroupOptions.MinLinks), group.MinLinks, $"1 to {group.Members.Count}");
            Check(group.MaxLinks >= group.MinLinks, nameof(LinkGroupOptions.MaxLinks), group.MaxLinks, $"{group.MinLinks} and more");
            foreach (LinkMemberOptions member in group.Members)
            {
                Check(member.Port >= 0 && member.Port < PortCount, nameof(LinkMemberOptions.Port), member.Port, $"0 to {PortCount - 1}");
                Check(seen.Add(member.Port), nameof(LinkMemberOptions.Port), member.Port, "a port that is in no other group");
            }
        }
    }

    private static void Check(bool holds, string name, object value, string range)
    {
        if (!holds)
        {
            throw new ArgumentException($"{name} is {value}; the allowed range is {range}.");
        }
    }
}
