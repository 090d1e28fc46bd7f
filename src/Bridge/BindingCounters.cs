namespace Weft.Bridge;

/// <summary>What <see cref="AddressBindings"/> learned and forgot.</summary>
public struct BindingCounters
{
    /// <summary>Bindings learned.</summary>
    public long Learned;

    /// <summary>Bindings heard again.</summary>
    public long Refreshed;

    /// <summary>Addresses that another machine has now. A number that keeps growing is a duplicate address (RFC 9161 section 3.7).</summary>
    public long Moved;

    /// <summary>Bindings forgotten because they were not heard again.</summary>
    public long Aged;

    /// <summary>Bindings forgotten by a flush.</summary>
    public long Flushed;

    /// <summary>Claims that contradict a static binding.</summary>
    public long StaticConflict;

    /// <summary>Bindings not learned because the segment has as many as it may have.</summary>
    public long LimitReached;

    /// <summary>Bindings not learned because the table is full.</summary>
    public long TableFull;
}
