using System.Buffers.Binary;

namespace Weft.Services;

/// <summary>
/// The messages of a move:
/// <code>
/// +-----------+--------+------+----------+---------+------
/// | version 1 | type 1 | id 8 | number 4 | epoch 8 | body
/// +-----------+--------+------+----------+---------+------
/// </code>
/// in little-endian order. They travel over whatever the hosts trust: an authenticated connection, or datagrams under ESP.
/// </summary>
internal readonly ref struct MigrationMessage
{
    public const int HeadLength = 22;

    private const byte Version = 1;

    public MigrationMessageType Type { get; private init; }

    /// <summary>Flows: the message's own number. Acknowledgement: the number that is expected next.</summary>
    public uint Number { get; private init; }

    public ulong Epoch { get; private init; }

    public ReadOnlySpan<byte> Body { get; private init; }

    /// <summary>Reads a message of a move; false for one of another move, of another version, or no message.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, ulong id, out MigrationMessage message)
    {
        message = default;
        if (bytes.Length < HeadLength || bytes[0] != Version || bytes[1] > (byte)MigrationMessageType.Abort || BinaryPrimitives.ReadUInt64LittleEndian(bytes[2..]) != id)
        {
            return false;
        }

        message = new MigrationMessage
        {
            Type = (MigrationMessageType)bytes[1],
            Number = BinaryPrimitives.ReadUInt32LittleEndian(bytes[10..]),
            Epoch = BinaryPrimitives.ReadUInt64LittleEndian(bytes[14..]),
            Body = bytes[HeadLength..],
        };
        return true;
    }

    /// <summary>Writes the head of a message.</summary>
    public static int Write(Span<byte> into, MigrationMessageType type, ulong id, uint number, ulong epoch)
    {
        (into[0], into[1]) = (Version, (byte)type);
        BinaryPrimitives.WriteUInt64LittleEndian(into[2..], id);
        BinaryPrimitives.WriteUInt32LittleEndian(into[10..], number);
        BinaryPrimitives.WriteUInt64LittleEndian(into[14..], epoch);
        return HeadLength;
    }
}

/// <summary>Types of <see cref="MigrationMessage"/>.</summary>
internal enum MigrationMessageType : byte
{
    /// <summary>Source: machine, capacities and schema.</summary>
    Offer,

    /// <summary>Target: it can take the machine.</summary>
    Accept,

    /// <summary>Source: records of flows.</summary>
    Flows,

    /// <summary>Target: everything below a number has arrived.</summary>
    Acknowledge,

    /// <summary>Source: that was all; take over.</summary>
    Commit,

    /// <summary>Target: it owns the machine.</summary>
    Owner,

    /// <summary>Either: the move is over; the body says why.</summary>
    Abort,
}
