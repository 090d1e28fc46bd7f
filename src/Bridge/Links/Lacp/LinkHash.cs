using Weft.Packets;

namespace Weft.Bridge;

/// <summary>Hash of a flow by which links are chosen. Both directions have the same, so that a conversation takes one link of each end that hashes so.</summary>
public static class LinkHash
{
    /// <summary>Of IP packets by addresses, protocol and ports (fragments: without ports), of all else by MAC addresses and VLAN.</summary>
    /// <param name="frame">The frame from its Ethernet header on.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="hash">Keyed, so that nobody outside can aim all flows at one link.</param>
    public static uint Of(ReadOnlySpan<byte> frame, in PacketLayout layout, in KeyedHash hash)
    {
        if (FlowKey4.TryRead(frame, layout, out FlowKey4 v4))
        {
            return (uint)hash.Hash(v4.ToCanonical(out _));
        }

        if (FlowKey6.TryRead(frame, layout, out FlowKey6 v6))
        {
            return (uint)hash.Hash(v6.ToCanonical(out _));
        }

        // The sum does not depend on the order of the two ends.
        ulong ends = frame.Length < 2 * MacAddress.Length ? 0 : MacAddress.Read(frame).Value + MacAddress.Read(frame[MacAddress.Length..]).Value;
        return (uint)hash.Hash((ends << 12) | layout.VlanId);
    }
}
