using System.Buffers.Binary;

namespace Weft.Bridge;

/// <summary>
/// The header of a MAC-SYNC message as a value. All numbers are big-endian:
/// <code>
///  0  magic "MSYN"    4  version 1    5  type    6  priority    7  flags
///  8  bridge (48 bits)               14  node (16 bits)
/// 16  epoch          20  sequence    24  count  26  hold, ms
/// 28  digest of the sender's table (64 bits)
/// 36  HMAC-SHA-256 over the message without this field, first 16 octets; zero without a key
/// 52  count entries of 12 octets
/// </code>
/// </summary>
public readonly record struct MacSyncHeader
{
    /// <summary>Octets of the header.</summary>
    public const int Length = 52;

    /// <summary>Octets of the authentication field.</summary>
    public const int AuthenticatorLength = 16;

    /// <summary>Most entries of a message, so that it fits a packet of 1500 bytes with the headers of a tunnel.</summary>
    public const int MaxEntries = 115;

    /// <summary>Octets of the longest message.</summary>
    public const int MaxMessageLength = Length + (MaxEntries * MacSyncEntry.Length);

    /// <summary>Largest <see cref="Bridge"/>: 48 bits.</summary>
    public const ulong MaxBridge = (1UL << 48) - 1;

    internal const uint Magic = 0x4D53_594E;
    internal const byte Version = 1;
    internal const int AuthenticatorOffset = 36;
    private const int NodeBits = 16;

    /// <summary>What the message is.</summary>
    public MacSyncType Type { get; init; }

    /// <summary>Rank of the sender; the higher one is preferred.</summary>
    public byte Priority { get; init; }

    /// <summary>What the sender says about itself; the low eight bits are sent.</summary>
    public MacSyncFlags Flags { get; init; }

    /// <summary>Name of the pair, at most <see cref="MaxBridge"/>.</summary>
    public ulong Bridge { get; init; }

    /// <summary>Name of the sender within the pair.</summary>
    public ushort Node { get; init; }

    /// <summary>Grows with every promotion and every start of the sender.</summary>
    public uint Epoch { get; init; }

    /// <summary>Grows with every message of the sender.</summary>
    public uint Sequence { get; init; }

    /// <summary>Entries behind the header.</summary>
    public ushort Count { get; init; }

    /// <summary>Time for which the sender will not change its mind, in milliseconds.</summary>
    public ushort HoldMilliseconds { get; init; }

    /// <summary>Digest of the sender's table; in an <see cref="MacSyncType.Answer"/> epoch and sequence of the query that it answers.</summary>
    public ulong Digest { get; init; }

    /// <summary>Writes the header with an authentication field of zero and returns <see cref="Length"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than <see cref="Length"/>.</exception>
    public int Write(Span<byte> destination)
    {
        if (destination.Length < Length)
        {
            throw new ArgumentException($"The destination holds {destination.Length} bytes where {Length} are written.", nameof(destination));
        }

        BinaryPrimitives.WriteUInt32BigEndian(destination, Magic);
        destination[4] = Version;
        destination[5] = (byte)Type;
        destination[6] = Priority;
        destination[7] = (byte)Flags;
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], (Bridge << NodeBits) | Node);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], Epoch);
        BinaryPrimitives.WriteUInt32BigEndian(destination[20..], Sequence);
        BinaryPrimitives.WriteUInt16BigEndian(destination[24..], Count);
        BinaryPrimitives.WriteUInt16BigEndian(destination[26..], HoldMilliseconds);
        BinaryPrimitives.WriteUInt64BigEndian(destination[28..], Digest);
        destination.Slice(AuthenticatorOffset, AuthenticatorLength).Clear();
        return Length;
    }

    /// <summary>Reads the header at the start of <paramref name="bytes"/>, which must hold <see cref="Length"/> octets.</summary>
    internal static MacSyncHeader Read(ReadOnlySpan<byte> bytes) => new()
    {
        Type = (MacSyncType)bytes[5],
        Priority = bytes[6],
        Flags = (MacSyncFlags)bytes[7],
        Bridge = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]) >> NodeBits,
        Node = BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]),
        Epoch = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]),
        Sequence = BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]),
        Count = BinaryPrimitives.ReadUInt16BigEndian(bytes[24..]),
        HoldMilliseconds = BinaryPrimitives.ReadUInt16BigEndian(bytes[26..]),
        Digest = BinaryPrimitives.ReadUInt64BigEndian(bytes[28..]),
    };
}
