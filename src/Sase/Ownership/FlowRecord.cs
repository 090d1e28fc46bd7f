using System.Buffers.Binary;
using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Flows;

namespace Weft.Sase.Ownership;

/// <summary>One flow as nodes tell each other of it, or the end of one, or the handing over of a bundle.</summary>
/// <remarks>
/// <code>
///  0            4            8            12           16
/// +------------+------------+------------+------------+
/// |    VNI     |        version          |   idle ms  |
/// +------------+------------+------------+------------+
/// | own address|   remote   | sport dport|  public    |
/// +------------+------------+------------+------------+
/// | pport policy |  cookie  | proto tcp bits gateway  |
/// +--------------+----------+-------------------------+
/// </code>
/// A named record goes on with the session of the flow, all zeros if it has none:
/// <code>
///  44           48                        56                        64
/// +------------+-------------------------+-------------------------+
/// | node  0 0 0|         series          |         number          |
/// +------------+-------------------------+-------------------------+
/// </code>
/// </remarks>
internal struct FlowRecord
{
    public const int Length = 44;

    /// <summary>Octets with the name of its session.</summary>
    public const int NamedLength = 64;

    private const byte TranslatedBit = 1;
    private const byte FromUplinkBit = 2;
    private const byte AnsweredBit = 4;
    private const byte PublishedBit = 8;
    private const byte EndBit = 64;
    private const byte ReleaseBit = 128;

    public FlowKey4 Inner;
    public FlowKey4 Outer;
    public FlowState State;
    public uint Vni;
    public uint IdleMilliseconds;

    /// <summary>The session that it is, if the sender notes sessions and it has become one.</summary>
    public SessionId Session;

    /// <summary>True if the flow is no more.</summary>
    public bool IsEnd;

    /// <summary>True if it hands a bundle over; <see cref="Bundle"/> and <see cref="NewEpoch"/> say which and in what epoch.</summary>
    public bool IsRelease;

    public byte Bundle;
    public Epoch NewEpoch;

    /// <summary>Writes the record, with its session if there is room for it.</summary>
    public readonly void Write(Span<byte> bytes)
    {
        if (bytes.Length >= NamedLength)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes[Length..], (uint)Session.Node << 24);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[(Length + 4)..], Session.Series);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[(Length + 12)..], Session.Number);
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes, Vni);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[4..], IsRelease ? NewEpoch.Value : State.Version);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[12..], IdleMilliseconds);
        Inner.Source.Write(bytes[16..]);
        Inner.Destination.Write(bytes[20..]);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[24..], Inner.SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[26..], Inner.DestinationPort);
        Outer.Destination.Write(bytes[28..]);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[32..], Outer.DestinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[34..], State.Policy);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[36..], State.Cookie);
        bytes[40] = (byte)Inner.Protocol;
        bytes[41] = IsRelease ? Bundle : (byte)State.Tcp;
        bytes[42] = Pack();
        bytes[43] = State.Gateway;
    }

    /// <summary>Reads a record; false if it says what none can.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FlowRecord record)
    {
        record = default;
        byte flags = bytes[42];
        record.IsRelease = (flags & ReleaseBit) != 0;
        record.IsEnd = (flags & EndBit) != 0;
        if (record.IsRelease)
        {
            record.Bundle = bytes[41];
            record.NewEpoch = new Epoch(BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]));
            return true;
        }

        record.Vni = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        if (record.Vni is 0 or > FlowKey4.MaxScope || bytes[41] > (byte)TcpState.Reset)
        {
            return false;
        }

        var protocol = (IpProtocol)bytes[40];
        (ushort source, ushort destination) = (BinaryPrimitives.ReadUInt16BigEndian(bytes[24..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[26..]));
        record.Inner = new FlowKey4(IPv4Address.Read(bytes[16..]), IPv4Address.Read(bytes[20..]), protocol, source, destination, record.Vni);
        record.State = new FlowState
        {
            Version = BinaryPrimitives.ReadUInt64BigEndian(bytes[4..]),
            Policy = BinaryPrimitives.ReadUInt16BigEndian(bytes[34..]),
            Cookie = BinaryPrimitives.ReadUInt32BigEndian(bytes[36..]),
            Tcp = (TcpState)bytes[41],
            Gateway = bytes[43],
            Bits = Unpack(flags),
        };
        record.IdleMilliseconds = BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]);
        record.Session = bytes.Length < NamedLength ? default
            : new SessionId(bytes[Length], BinaryPrimitives.ReadUInt64BigEndian(bytes[(Length + 4)..]), BinaryPrimitives.ReadUInt64BigEndian(bytes[(Length + 12)..]));
        record.Outer = (flags & TranslatedBit) == 0
            ? record.Inner.Reversed
            : new FlowKey4(record.Inner.Destination, IPv4Address.Read(bytes[28..]), protocol, destination, BinaryPrimitives.ReadUInt16BigEndian(bytes[32..]));
        return true;
    }

    private readonly byte Pack() => (byte)(
        ((State.Bits & FlowBits.Translated) != 0 ? TranslatedBit : 0)
        | ((State.Bits & FlowBits.FromUplink) != 0 ? FromUplinkBit : 0)
        | ((State.Bits & FlowBits.Answered) != 0 ? AnsweredBit : 0)
        | ((State.Bits & FlowBits.Published) != 0 ? PublishedBit : 0)
        | (IsEnd ? EndBit : 0)
        | (IsRelease ? ReleaseBit : 0));

    private static FlowBits Unpack(byte flags) =>
        ((flags & TranslatedBit) != 0 ? FlowBits.Translated : 0)
        | ((flags & FromUplinkBit) != 0 ? FlowBits.FromUplink : 0)
        | ((flags & AnsweredBit) != 0 ? FlowBits.Answered : 0)
        | ((flags & PublishedBit) != 0 ? FlowBits.Published : 0);
}
