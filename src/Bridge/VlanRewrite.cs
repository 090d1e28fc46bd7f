using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>How the outermost VLAN tag of one copy of a frame changes, and the place where the change is done.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Tci">Tag control information for <see cref="VlanRewriteKind.Push"/> and <see cref="VlanRewriteKind.Replace"/>.</param>
public readonly record struct VlanRewrite(VlanRewriteKind Kind, ushort Tci)
{
    /// <summary>Shortest frame on Ethernet without its frame check sequence (IEEE 802.3 4A.4.2: 64 octets with it).</summary>
    public const int MinFrameBytes = 60;

    private const int AddressesLength = 2 * MacAddress.Length;

    /// <summary>Room in front of a frame that any rewrite needs at most.</summary>
    public const int MaxHeadroomBytes = VlanTag.Length;

    /// <summary>The rewrite for a frame that came with or without a tag and leaves with or without one.</summary>
    internal static VlanRewrite Between(bool isTagged, bool sendTagged, ushort tci) => (isTagged, sendTagged) switch
    {
        (false, false) => default,
        (false, true) => new VlanRewrite(VlanRewriteKind.Push, tci),
        (true, false) => new VlanRewrite(VlanRewriteKind.Pop, 0),
        (true, true) => new VlanRewrite(VlanRewriteKind.Replace, tci),
    };

    /// <summary>
    /// Rewrites a frame inside its buffer. The two MAC addresses move by four bytes, nothing else is copied. A frame that loses
    /// its tag is padded with zeros to <see cref="MinFrameBytes"/> (IEEE 802.1Q 9.6 with 802.3 4A.4.2).
    /// </summary>
    /// <param name="buffer">The whole buffer.</param>
    /// <param name="offset">Where the frame starts; moved.</param>
    /// <param name="length">Bytes of the frame; changed.</param>
    /// <returns>False, and nothing is changed, if headroom or the padding's room is missing or there is no tag to take out.</returns>
    public bool TryApply(Span<byte> buffer, ref int offset, ref int length)
    {
        switch (Kind)
        {
            case VlanRewriteKind.Push:
                return TryPush(buffer, ref offset, ref length);
            case VlanRewriteKind.Pop:
                return TryPop(buffer, ref offset, ref length);
            case VlanRewriteKind.Replace:
                if (!HasTag(buffer.Slice(offset, length)))
                {
                    return false;
                }

                BinaryPrimitives.WriteUInt16BigEndian(buffer[(offset + AddressesLength + 2)..], Tci);
                return true;
            default:
                return true;
        }
    }

    private static bool HasTag(ReadOnlySpan<byte> frame) => frame.Length >= AddressesLength + VlanTag.Length
        && (EtherType)BinaryPrimitives.ReadUInt16BigEndian(frame[AddressesLength..]) == EtherType.VlanTag;

    private static bool TryPop(Span<byte> buffer, ref int offset, ref int length)
    {
        int end = offset + Math.Max(length, MinFrameBytes + VlanTag.Length);
        if (!HasTag(buffer.Slice(offset, length)) || end > buffer.Length)
        {
            return false;
        }

        buffer[(offset + length)..end].Clear();
        buffer.Slice(offset, AddressesLength).CopyTo(buffer[(offset + VlanTag.Length)..]);
        offset += VlanTag.Length;
        length = end - offset;
        return true;
    }

    private bool TryPush(Span<byte> buffer, ref int offset, ref int length)
    {
        if (offset < VlanTag.Length || length < AddressesLength)
        {
            return false;
        }

        buffer.Slice(offset, AddressesLength).CopyTo(buffer[(offset - VlanTag.Length)..]);
        offset -= VlanTag.Length;
        length += VlanTag.Length;
        Span<byte> tag = buffer[(offset + AddressesLength)..];
        BinaryPrimitives.WriteUInt16BigEndian(tag, (ushort)EtherType.VlanTag);
        BinaryPrimitives.WriteUInt16BigEndian(tag[2..], Tci);
        return true;
    }
}
