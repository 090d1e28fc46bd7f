using Weft.Packets;

namespace Weft.Bridge;

/// <summary>One end of a link, as LACP describes it (IEEE 802.1AX clause 6.4.2.3).</summary>
/// <param name="SystemPriority">Rank of the system; the lower number decides which links are used.</param>
/// <param name="System">The system.</param>
/// <param name="Key">Links of one system with one key can be a group.</param>
/// <param name="PortPriority">Rank of the port; lower is preferred.</param>
/// <param name="Port">Number of the port in the system.</param>
/// <param name="State">What it is doing.</param>
public readonly record struct LacpEnd(ushort SystemPriority, MacAddress System, ushort Key, ushort PortPriority, ushort Port, LacpState State)
{
    /// <summary>True if a bit of the state is set.</summary>
    public bool Is(LacpState bit) => (State & bit) != 0;

    internal bool IsSamePort(in LacpEnd other) =>
        (SystemPriority, System, Key, PortPriority, Port) == (other.SystemPriority, other.System, other.Key, other.PortPriority, other.Port)
        && Is(LacpState.Aggregation) == other.Is(LacpState.Aggregation);

    internal LacpEnd With(LacpState bit, bool isSet) => this with { State = isSet ? State | bit : State & ~bit };
}
