using Weft.Packets;

namespace Weft.Multicast;

/// <summary>
/// Counts the changes of the state that forwarding decisions read, in slots: one for ports and routes, one a segment, and
/// buckets of groups. A recorded program names the slots it read and is valid while none of them has moved.
/// </summary>
internal sealed class StateVersions
{
    /// <summary>Slot of everything that is not a segment's: port states, tunnel endpoints, routes.</summary>
    public const int Topology = 0;

    private const int GroupBuckets = 1024;

    private readonly uint[] _versions;
    private readonly int _segments;
    private readonly KeyedHash _hash;

    public StateVersions(int segments, HashSeed seed)
    {
        _segments = segments;
        _versions = new uint[1 + segments + GroupBuckets];
        _hash = new KeyedHash(seed);
    }

    /// <summary>Moves with every change of any slot, so that one comparison shows that nothing changed at all.</summary>
    public ulong Latest { get; private set; } = 1;

    public uint this[int slot] => _versions[slot];

    public static int OfSegment(int segment) => 1 + segment;

    public int OfGroup(int segment, IPv6Address group) =>
        1 + _segments + (int)(_hash.Hash(new GroupKey(segment, group)) % GroupBuckets);

    public void Bump(int slot)
    {
        _versions[slot]++;
        Latest++;
    }
}
