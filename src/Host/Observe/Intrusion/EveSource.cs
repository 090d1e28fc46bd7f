using Weft.Host.Config;

namespace Weft.Host.Observe.Intrusion;

/// <summary>Where a record comes from, and what is to be written of it.</summary>
/// <param name="FlowId">Number of the conversation, of 53 bits at most.</param>
/// <param name="PcapCount">Number of the packet in its capture; null if it is from none.</param>
/// <param name="Interface">Port that the packet came through; empty if that is not known.</param>
/// <param name="Vlan">VLAN, 0 if there is none.</param>
/// <param name="WallOffset">Nanoseconds from the detector's clock to the Unix epoch.</param>
/// <param name="Types">The kinds of records that are wanted.</param>
internal readonly record struct EveSource(ulong FlowId, long? PcapCount, string Interface, ushort Vlan, long WallOffset, EveTypes Types)
{
    /// <summary>Whether records of a kind are wanted.</summary>
    public bool Has(EveTypes type) => (Types & type) != 0;
}
