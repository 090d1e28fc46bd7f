namespace Weft.Analytics;

/// <summary>What a <see cref="SegmentationGraph"/> refused.</summary>
public struct SegmentationCounters
{
    /// <summary>Entities not added because the graph is full.</summary>
    public long Full;

    /// <summary>Calls with the handle of an entity that is gone.</summary>
    public long StaleHandle;

    /// <summary>Attribute values that are no number, infinite or negative; the old value was kept.</summary>
    public long BadValue;

    /// <summary>Attributes of another type than the entity's, or coupled ones, which nobody sets.</summary>
    public long WrongAttribute;

    /// <summary>Lists of peers with an entity that is gone, the entity itself, or a weight that is not above 0; the old list was kept.</summary>
    public long BadPeer;

    /// <summary>Removals refused because the entity has members.</summary>
    public long HasMembers;
}
