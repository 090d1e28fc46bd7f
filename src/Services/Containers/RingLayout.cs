using System.Numerics;

namespace Weft.Services;

/// <summary>
/// Where things are in the memory that a host and a container share:
/// <code>
/// 0     magic 4, version 4, slots 4, bytes a slot 4
/// 64    requests written 4          by the host
/// 128   replies written 4           by the container
/// 192   heartbeat 8                 by the container
/// 256   requests: slots × 16        slot 4, ticket 4, length 4, direction 1
///       replies: slots × 16         slot 4, ticket 4, length 4, verdict 1
///       packets: slots × bytes
/// </code>
/// in the order of the processor. Positions only grow, and are taken modulo the number of slots. A container writes where it likes: the
/// host keeps everything that it relies on in memory of its own.
/// </summary>
internal static class RingLayout
{
    public const uint Magic = 0x5745_4654;
    public const uint Version = 1;
    public const int RequestPosition = 64;
    public const int ReplyPosition = 128;
    public const int Heartbeat = 192;
    public const int Requests = 256;
    public const int EntryBytes = 16;

    public static long Bytes(int slots, int slotBytes) => Requests + 2L * slots * EntryBytes + (long)slots * slotBytes;

    public static int Replies(int slots) => Requests + slots * EntryBytes;

    public static int Packets(int slots) => Requests + 2 * slots * EntryBytes;

    /// <summary>Checks numbers that were given, or found in memory that another process wrote.</summary>
    public static bool IsPossible(uint slots, uint slotBytes) => slots is >= 2 and <= 65_536 && BitOperations.IsPow2(slots) && slotBytes is >= 64 and <= 65_536 && slotBytes % 64 == 0;
}
