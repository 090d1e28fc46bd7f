using Weft.Packets;

namespace Weft.Multicast;

/// <summary>A flow as the cache looks it up: 40 bytes without padding. The source is left out where the slow path did not read it.</summary>
internal readonly record struct MulticastFlowKey
{
    private readonly ulong _place;
    private readonly ulong _sourceHigh;
    private readonly ulong _sourceLow;
    private readonly ulong _groupHigh;
    private readonly ulong _groupLow;

    public MulticastFlowKey(int segment, int ingress, bool marked, IPv6Address group, IPv6Address? source)
    {
        _place = (uint)ingress | ((ulong)segment << 16) | (marked ? 1UL << 32 : 0) | (source.HasValue ? 1UL << 33 : 0);
        _groupHigh = group.High;
        _groupLow = group.Low;
        _sourceHigh = source?.High ?? 0;
        _sourceLow = source?.Low ?? 0;
    }

    public int Ingress => (ushort)_place;

    public int Segment => (ushort)(_place >> 16);

    public IPv6Address Group => new(_groupHigh, _groupLow);

    public IPv6Address? Source => (_place >> 33 & 1) != 0 ? new IPv6Address(_sourceHigh, _sourceLow) : null;
}
