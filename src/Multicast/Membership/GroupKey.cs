using Weft.Packets;

namespace Weft.Multicast;

/// <summary>A group in a segment: 24 bytes without padding.</summary>
internal readonly record struct GroupKey
{
    private readonly ulong _segment;
    private readonly ulong _high;
    private readonly ulong _low;

    public GroupKey(int segment, IPv6Address group)
    {
        _segment = (uint)segment;
        _high = group.High;
        _low = group.Low;
    }
}
