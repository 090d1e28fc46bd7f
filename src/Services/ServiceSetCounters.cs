namespace Weft.Services;

/// <summary>What a machine's set has done.</summary>
public struct ServiceSetCounters
{
    /// <summary>Packets offered.</summary>
    public long Packets;

    /// <summary>Packets that go on.</summary>
    public long Forwarded;

    /// <summary>Packets dropped, for whatever reason.</summary>
    public long Dropped;

    /// <summary>Packets that a service kept.</summary>
    public long Consumed;

    /// <summary>Packets offered while the set was frozen.</summary>
    public long Held;

    /// <summary>Packets that belong to no flow and pass: ARP, neighbour discovery, other protocols than IP.</summary>
    public long NoFlow;

    /// <summary>Flows that began.</summary>
    public long FlowsBegun;

    /// <summary>Flows that ended.</summary>
    public long FlowsEnded;

    /// <summary>Packets that became another flow's: <see cref="ServiceVerdict.ChangeFlow"/>.</summary>
    public long Changed;

    /// <summary>Flows that were classified anew.</summary>
    public long Reclassified;
}
