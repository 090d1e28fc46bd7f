using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>What a frame is to a bridge before anything is learned from it: valid or not, tagged or not, of which VLAN.</summary>
internal static class FrameClassifier
{
    private const int EtherTypeOffset = 2 * MacAddress.Length;
    private const ushort ReservedVlan = 4095;
    private const ushort VlanMask = 0x0FFF;

    /// <summary>Reads the addresses of a frame that a bridge may forward at all, or says why it may not.</summary>
    public static bool TryReadAddresses(
        ReadOnlySpan<byte> frame, in PacketLayout layout, out MacAddress destination, out MacAddress source, out BridgeDropReason reason)
    {
        (destination, source) = (default, default);
        if (frame.Length < EthernetHeader.UntaggedLength || layout.Error is LayoutError.EthernetTruncated or LayoutError.VlanTruncated
            or LayoutError.VlanStackTooDeep or LayoutError.FrameTooLong)
        {
            reason = BridgeDropReason.Malformed;
            return false;
        }

        destination = MacAddress.Read(frame);
        source = MacAddress.Read(frame[MacAddress.Length..]);
        reason = destination.IsBridgeReserved ? BridgeDropReason.ReservedAddress
            : source.IsValidSource ? BridgeDropReason.None : BridgeDropReason.InvalidSource;
        return reason == BridgeDropReason.None;
    }

    /// <summary>A service tag is no tag to a bridge of customer VLANs (IEEE 802.1Q 5.5): such frames count as untagged.</summary>
    public static bool IsCustomerTagged(ReadOnlySpan<byte> frame, in PacketLayout layout) => layout.VlanTags > 0
        && (EtherType)BinaryPrimitives.ReadUInt16BigEndian(frame[EtherTypeOffset..]) == EtherType.VlanTag;

    /// <summary>Finds the VLAN of a frame and applies ingress filtering (IEEE 802.1Q 6.9.1, 8.6.2).</summary>
    public static BridgeDropReason Classify(BridgePort port, bool tagged, ushort tci, out int vlan)
    {
        vlan = tagged ? tci & VlanMask : 0;
        if (vlan == ReservedVlan)
        {
            return BridgeDropReason.InvalidVlan;
        }

        if (vlan == 0)
        {
            vlan = port.Pvid;
            return vlan == 0 ? BridgeDropReason.UntaggedRefused : BridgeDropReason.None;
        }

        return port.IsMember(vlan) ? BridgeDropReason.None : BridgeDropReason.VlanRefused;
    }
}
