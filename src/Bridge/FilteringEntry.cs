using Weft.Packets;

namespace Weft.Bridge;

/// <summary>One entry of a <see cref="FilteringDatabase"/>, as people are shown it.</summary>
/// <param name="Vlan">The segment.</param>
/// <param name="Mac">The machine.</param>
/// <param name="Where">Where it is.</param>
/// <param name="IsStatic">True if it was configured: it neither ages nor moves.</param>
/// <param name="Age">Time since it was last seen; zero for static entries.</param>
/// <param name="IsHeld">True while it stays where it is because it moved too often.</param>
public readonly record struct FilteringEntry(ushort Vlan, MacAddress Mac, BridgeLocation Where, bool IsStatic, TimeSpan Age, bool IsHeld = false);
