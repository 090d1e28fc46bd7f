using System.Buffers.Binary;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>One entry in an export, in network byte order.</summary>
/// <remarks>
/// <code>
/// source 4 | destination 4 | source port 2 | destination port 2 | protocol 1 | scope 3 | shared address 4 | port 2 | kind 1 | TCP state 1 |
/// static 1 | zero 3 | lease epoch 4 | idle, in ticks of 100 ns 8 | the remote's SCTP tag 4 | zero 4
/// </code>
/// </remarks>
internal struct NatRecord
{
    /// <summary>Octets of a record.</summary>
    public const int Length = 48;

    public FlowKey4 Forward;
    public IPv4Address Outside;
    public ushort OutsidePort;
    public NatEntryKind Kind;
    public TcpState Tcp;
    public bool IsStatic;
    public TimeSpan Idle;

    /// <summary>The lease under which the exporter had the port.</summary>
    public uint Epoch;
    public uint RemoteTag;

    public static NatRecord Read(ReadOnlySpan<byte> record)
    {
        uint word = BinaryPrimitives.ReadUInt32BigEndian(record[12..]);
        long idle = BinaryPrimitives.ReadInt64BigEndian(record[32..]);
        return new NatRecord
        {
            Forward = new FlowKey4(
                IPv4Address.Read(record),
                IPv4Address.Read(record[4..]),
                (IpProtocol)(word >> 24),
                BinaryPrimitives.ReadUInt16BigEndian(record[8..]),
                BinaryPrimitives.ReadUInt16BigEndian(record[10..]),
                word & FlowKey4.MaxScope),
            Outside = IPv4Address.Read(record[16..]),
            OutsidePort = BinaryPrimitives.ReadUInt16BigEndian(record[20..]),
            Kind = (NatEntryKind)record[22],
            Tcp = record[23] <= (byte)TcpState.Reset ? (TcpState)record[23] : TcpState.Reset,
            IsStatic = record[24] != 0,
            Epoch = BinaryPrimitives.ReadUInt32BigEndian(record[28..]),
            Idle = TimeSpan.FromTicks(Math.Clamp(idle, 0, TimeSpan.TicksPerDay * 30)),
            RemoteTag = BinaryPrimitives.ReadUInt32BigEndian(record[40..]),
        };
    }

    public readonly void Write(Span<byte> record)
    {
        record.Clear();
        Forward.Source.Write(record);
        Forward.Destination.Write(record[4..]);
        BinaryPrimitives.WriteUInt16BigEndian(record[8..], Forward.SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(record[10..], Forward.DestinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(record[12..], ((uint)Forward.Protocol << 24) | Forward.Scope);
        Outside.Write(record[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(record[20..], OutsidePort);
        record[22] = (byte)Kind;
        record[23] = (byte)Tcp;
        record[24] = IsStatic ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(record[28..], Epoch);
        BinaryPrimitives.WriteInt64BigEndian(record[32..], Idle.Ticks);
        BinaryPrimitives.WriteUInt32BigEndian(record[40..], RemoteTag);
    }
}
