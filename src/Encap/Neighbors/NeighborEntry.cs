using Weft.Packets;

namespace Weft.Encap;

/// <summary>One tracked next hop.</summary>
internal struct NeighborEntry
{
    public VtepAddress Address;
    public MacAddress Mac;
    public NeighborState State;

    /// <summary>Whether it may make room for another one.</summary>
    public bool IsPassing;

    /// <summary>Solicitations sent in this state.</summary>
    public int Attempts;

    /// <summary>How often resolution failed in a row.</summary>
    public int Failures;

    /// <summary>When the state has to be looked at again.</summary>
    public Timestamp Deadline;
}
