using System.Buffers.Binary;

namespace Weft.Packets;

/// <summary>The walk behind <see cref="PacketLayout.TryParse"/>.</summary>
internal static class PacketLayoutParser
{
    private const int EthernetLength = 14;
    private const int EtherTypeOffset = 12;
    private const int MinEtherType = 0x0600;

    public static bool TryParse(ReadOnlySpan<byte> frame, int offset, out PacketLayout layout)
    {
        layout = default;
        if (frame.Length > ushort.MaxValue)
        {
            layout.Error = LayoutError.FrameTooLong;
            return false;
        }

        if (frame.Length - offset < EthernetLength)
        {
            layout.Error = LayoutError.EthernetTruncated;
            return false;
        }

        layout.L2Offset = (ushort)offset;
        int at = offset + EtherTypeOffset;
        var type = (EtherType)BinaryPrimitives.ReadUInt16BigEndian(frame[at..]);
        at += 2;
        while (VlanTag.IsTag(type))
        {
            if (frame.Length - at < VlanTag.Length)
            {
                layout.Error = LayoutError.VlanTruncated;
                return false;
            }

            if (layout.VlanTags == VlanTag.MaxStack)
            {
                layout.Error = LayoutError.VlanStackTooDeep;
                return false;
            }

            if (layout.VlanTags++ == 0)
            {
                layout.OuterTci = BinaryPrimitives.ReadUInt16BigEndian(frame[at..]);
            }

            type = (EtherType)BinaryPrimitives.ReadUInt16BigEndian(frame[(at + 2)..]);
            at += VlanTag.Length;
        }

        layout.EtherType = (int)type < MinEtherType ? EtherType.None : type;
        layout.L3Offset = layout.L4Offset = layout.PayloadOffset = (ushort)at;
        layout.EndOffset = (ushort)frame.Length;
        return true;
    }
}
