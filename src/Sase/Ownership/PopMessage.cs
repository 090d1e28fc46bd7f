using System.Buffers.Binary;

namespace Weft.Sase.Ownership;

/// <summary>The header of what gateways and nodes tell each other beside packets; in network byte order.</summary>
/// <remarks>
/// <code>
///  0        1        2        3        4        5        6                 8
/// +--------+--------+--------+--------+--------+--------+-----------------+
/// |  'W'   |  'S'   | version|  kind  |  node? | member |      count      |
/// +--------+--------+--------+--------+--------+--------+-----------------+
/// |            incarnation            |             sequence              |
/// +-----------------------------------+-----------------------------------+
/// </code>
/// Behind it are <c>count</c> entries of a kind's length.
/// </remarks>
internal readonly record struct PopMessage(PopMessageKind Kind, bool IsNode, byte Member, ushort Count, uint Incarnation, uint Sequence)
{
    public const int Length = 16;

    /// <summary>Octets of a whole message at most: it fits where tunnels do.</summary>
    public const int MaxBytes = 1400;

    private const ushort Magic = 0x5753;

    public static int EntryLengthOf(PopMessageKind kind) => kind switch
    {
        PopMessageKind.Announce => Announcement.Length,
        PopMessageKind.Records => FlowRecord.Length,
        PopMessageKind.Ack => AckEntry,
        PopMessageKind.Memory => 1,
        PopMessageKind.NamedRecords => FlowRecord.NamedLength,
        _ => 0,
    };

    /// <summary>
    /// The version that the entries of a kind have their meaning since: who has another one is not understood. So members of two versions understand of each other what has not changed.
    /// </summary>
    public static byte VersionOf(PopMessageKind kind) => (byte)(kind == PopMessageKind.NamedRecords ? 2 : 1);

    /// <summary>The selective part of an acknowledgement: one bit for each of the next 64 messages.</summary>
    public const int AckEntry = sizeof(ulong);

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt16BigEndian(bytes, Magic);
        bytes[2] = VersionOf(Kind);
        bytes[3] = (byte)Kind;
        bytes[4] = (byte)(IsNode ? 1 : 0);
        bytes[5] = Member;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], Count);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], Incarnation);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[12..], Sequence);
    }

    public static MessageVerdict TryRead(ReadOnlySpan<byte> bytes, out PopMessage message)
    {
        message = default;
        if (bytes.Length < Length || BinaryPrimitives.ReadUInt16BigEndian(bytes) != Magic || bytes[4] > 1)
        {
            return MessageVerdict.Malformed;
        }

        var kind = (PopMessageKind)bytes[3];
        if (bytes[2] != VersionOf(kind))
        {
            return MessageVerdict.OtherVersion;
        }

        ushort count = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]);
        if (kind is < PopMessageKind.Announce or > PopMessageKind.NamedRecords || bytes.Length != Length + (count * EntryLengthOf(kind)) || (kind == PopMessageKind.Ack && count != 1))
        {
            return MessageVerdict.Malformed;
        }

        message = new PopMessage(kind, bytes[4] == 1, bytes[5], count, BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]));
        return MessageVerdict.Accepted;
    }
}
