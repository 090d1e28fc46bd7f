using Weft.Packets;

namespace Weft.Bridge;

/// <summary>The VLAN of a frame at a port.</summary>
public static class FrameVlan
{
    private const ushort VlanMask = 0x0FFF;

    /// <summary>The VLAN of the customer tag, or that of the port for frames that are untagged or carry a priority alone (IEEE 802.1Q 6.9.1).</summary>
    /// <param name="frame">The frame from its Ethernet header on, at least its addresses and EtherType.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="pvid">VLAN of untagged frames at the port; 0 for none.</param>
    public static ushort Of(ReadOnlySpan<byte> frame, in PacketLayout layout, ushort pvid) =>
        FrameClassifier.IsCustomerTagged(frame, layout) && (layout.OuterTci & VlanMask) != 0 ? (ushort)(layout.OuterTci & VlanMask) : pvid;
}
