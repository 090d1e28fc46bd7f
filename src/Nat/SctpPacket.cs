using System.Buffers.Binary;
using System.Numerics;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>What the SCTP packet does to its association, as far as a translator needs to know (RFC 9260 section 3).</summary>
internal enum SctpEvent : byte
{
    /// <summary>Nothing.</summary>
    Other,

    /// <summary>INIT: opens it.</summary>
    Init,

    /// <summary>INIT ACK: names the tag of whoever was asked.</summary>
    InitAck,

    /// <summary>COOKIE ACK: it is open.</summary>
    CookieAck,

    /// <summary>ABORT or SHUTDOWN COMPLETE: it is over.</summary>
    End,
}

/// <summary>The common header and the first chunk of an SCTP packet.</summary>
internal readonly struct SctpPacket
{
    /// <summary>Octets of the common header (RFC 9260 section 3.1).</summary>
    public const int HeaderLength = 12;

    private const int TagOffset = 4;
    private const int ChecksumOffset = 8;
    private const int ChunkHeaderLength = 4;
    private const int InitLength = ChunkHeaderLength + 16;
    private const byte InitType = 1;
    private const byte InitAckType = 2;
    private const byte AbortType = 6;
    private const byte CookieAckType = 11;
    private const byte ShutdownCompleteType = 14;
    private const byte ReflectedFlag = 1;

    private SctpPacket(uint tag, uint initiateTag, SctpEvent what, bool isReflected)
    {
        Tag = tag;
        InitiateTag = initiateTag;
        Event = what;
        IsReflected = isReflected;
    }

    /// <summary>The tag that the receiver chose; 0 in an INIT.</summary>
    public uint Tag { get; }

    /// <summary>The tag that the sender chooses, in an INIT or INIT ACK.</summary>
    public uint InitiateTag { get; }

    public SctpEvent Event { get; }

    /// <summary>True if the tag is the sender's own, sent back for want of a better one (T bit: RFC 9260 section 8.5.1).</summary>
    public bool IsReflected { get; }

    /// <summary>Reads a packet; false for one that no association can have: without a whole chunk, without a tag.</summary>
    /// <param name="transport">From the common header on, at least <see cref="HeaderLength"/> octets.</param>
    /// <param name="packet">Gets what was found.</param>
    public static bool TryRead(ReadOnlySpan<byte> transport, out SctpPacket packet)
    {
        packet = default;
        ReadOnlySpan<byte> chunk = transport[HeaderLength..];
        if (chunk.Length < ChunkHeaderLength)
        {
            return false;
        }

        uint tag = BinaryPrimitives.ReadUInt32BigEndian(transport[TagOffset..]);
        byte type = chunk[0];
        bool initiates = type is InitType or InitAckType;
        if (initiates && chunk.Length < InitLength)
        {
            return false;
        }

        uint initiateTag = initiates ? BinaryPrimitives.ReadUInt32BigEndian(chunk[ChunkHeaderLength..]) : 0;
        SctpEvent what = type switch
        {
            InitType => SctpEvent.Init,
            InitAckType => SctpEvent.InitAck,
            CookieAckType => SctpEvent.CookieAck,
            AbortType or ShutdownCompleteType => SctpEvent.End,
            _ => SctpEvent.Other,
        };

        // Only an INIT has no tag, and no initiate tag is 0 (RFC 9260 sections 3.3.2 and 8.5.1).
        packet = new SctpPacket(tag, initiateTag, what, what == SctpEvent.End && (chunk[1] & ReflectedFlag) != 0);
        return (tag == 0) == (what == SctpEvent.Init) && initiates == (initiateTag != 0);
    }

    /// <summary>The tag of a packet that an ICMP error embeds: in an INIT the one that it offers, if that much was embedded; 0 if there is none.</summary>
    public static uint TagOf(ReadOnlySpan<byte> embedded)
    {
        uint tag = embedded.Length >= ChecksumOffset ? BinaryPrimitives.ReadUInt32BigEndian(embedded[TagOffset..]) : 0;
        if (tag == 0 && embedded.Length >= HeaderLength + 2 * ChunkHeaderLength && embedded[HeaderLength] == InitType)
        {
            tag = BinaryPrimitives.ReadUInt32BigEndian(embedded[(HeaderLength + ChunkHeaderLength)..]);
        }

        return tag;
    }

    /// <summary>
    /// Repairs the CRC32c (RFC 9260 appendix A) after a change of the ports. A CRC is linear: what the change does to it is the CRC of the
    /// difference, zeros behind it included. So a wrong one stays wrong.
    /// </summary>
    /// <param name="transport">The whole packet.</param>
    /// <param name="delta">Old ports xor new ones, source port first.</param>
    public static void Repair(Span<byte> transport, uint delta)
    {
        if (delta == 0)
        {
            return;
        }

        uint crc = BitOperations.Crc32C(0, BinaryPrimitives.ReverseEndianness(delta));
        int zeros = transport.Length - sizeof(uint);
        for (; zeros >= sizeof(ulong); zeros -= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, 0UL);
        }

        for (; zeros > 0; zeros--)
        {
            crc = BitOperations.Crc32C(crc, (byte)0);
        }

        Span<byte> field = transport[ChecksumOffset..];
        BinaryPrimitives.WriteUInt32LittleEndian(field, BinaryPrimitives.ReadUInt32LittleEndian(field) ^ crc);
    }
}
