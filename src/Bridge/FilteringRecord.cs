using Weft.Packets;

namespace Weft.Bridge;

/// <summary>What the table holds for one key: sixteen bytes.</summary>
internal struct FilteringRecord
{
    public Timestamp LastSeen;
    public int Location;
    public bool IsStatic;

    /// <summary>Moves since <see cref="MovesSince"/>, 255 while held down.</summary>
    public byte Moves;

    /// <summary>When the moves were begun to be counted, in tenths of a second modulo 65,536.</summary>
    public ushort MovesSince;

    /// <summary>The key of an address in a segment: VLAN in the upper 16 bits, MAC in the lower 48.</summary>
    public static ulong Key(ushort vlan, MacAddress mac) => ((ulong)vlan << 48) | mac.Value;

    public static ushort VlanOf(ulong key) => (ushort)(key >> 48);

    public static MacAddress MacOf(ulong key) => new(key);
}
