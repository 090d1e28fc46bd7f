using Weft.Host.Observe;

namespace Weft.Host.Control;

/// <summary>What the words of <c>weft show</c> mean.</summary>
public static class ShowTopics
{
    private const string OtherNameOfBehaviours = "clusters";

    /// <summary>Reads the name of a topic: <c>natsessions</c> or <c>nat-sessions</c>, in any case.</summary>
    /// <param name="text">The name.</param>
    /// <param name="topic">The topic.</param>
    /// <returns>False if there is none of that name.</returns>
    public static bool TryParse(string? text, out ShowTopic topic)
    {
        topic = default;
        string name = (text ?? "").Replace("-", "", StringComparison.Ordinal);
        name = name.Equals(OtherNameOfBehaviours, StringComparison.OrdinalIgnoreCase) ? nameof(ShowTopic.Behaviours) : name;
        return name.Length > 0 && char.IsAsciiLetter(name[0]) && !name.Contains(',', StringComparison.Ordinal) && Enum.TryParse(name, ignoreCase: true, out topic) && Enum.IsDefined(topic);
    }

    /// <summary>The parts of a snapshot that a topic needs beyond those that are always there.</summary>
    /// <param name="topic">The topic.</param>
    public static SnapshotParts PartsOf(ShowTopic topic) => topic switch
    {
        ShowTopic.Fdb or ShowTopic.Segments => SnapshotParts.Fdb,
        ShowTopic.Neighbors => SnapshotParts.Neighbors,
        ShowTopic.AclConnections => SnapshotParts.AclConnections,
        ShowTopic.Guard => SnapshotParts.Bindings,
        ShowTopic.Multicast => SnapshotParts.MulticastGroups | SnapshotParts.MulticastFlows,
        ShowTopic.MulticastGroups => SnapshotParts.MulticastGroups,
        ShowTopic.MulticastFlows => SnapshotParts.MulticastFlows,
        ShowTopic.Routes => SnapshotParts.Routes,
        ShowTopic.NatSessions => SnapshotParts.NatSessions,
        ShowTopic.LbFlows => SnapshotParts.LbFlows,
        ShowTopic.MeshFlows => SnapshotParts.MeshFlows,
        ShowTopic.All => SnapshotParts.All & ~SnapshotParts.FlowExport & ~SnapshotParts.MachineFlows,
        _ => SnapshotParts.None,
    };
}
