using System.Buffers.Binary;
using System.Numerics;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Lb;

/// <summary>Load balancers and flows as bytes, for the restart of an element or for one that takes its place.</summary>
/// <remarks>
/// <code>
/// "WRPT" 4 | version 2 | members 2 | IPv4 flows 4 | IPv6 flows 4 | CRC32c of the rest 4 |
/// members: index 2 | generation 2 | state 1 | zero 1 | port 2 | hardware address 6 | zero 2 | tunnel's remote 16 | tunnel's key 4 | zero 4
/// flows: source 4 or 16 | destination 4 or 16 | ports 4 | protocol 1 | scope 3 | index 2 | generation 2 | stage 1 | zero 3 | idle seconds 4
/// </code>
/// All numbers are in network byte order. Fragments that wait are not part of it.
/// </remarks>
public sealed partial class ReturnPathTable
{
    /// <summary>Version of the form that <see cref="Export"/> writes.</summary>
    public const ushort SnapshotVersion = 1;

    private const uint SnapshotMagic = 0x5752_5054; // "WRPT"
    private const int SnapshotHeader = 20;
    private const int MemberLength = 40;
    private const int FlowTail = 20;
    private const int Flow4Length = 2 * IPv4Address.Length + FlowTail;
    private const int Flow6Length = 2 * IPv6Address.Length + FlowTail;

    /// <summary>Octets that an export would take if every flow there is were alive.</summary>
    public int MaxExportLength => SnapshotHeader + _members.Places * MemberLength + _v4.Count * Flow4Length + _v6.Count * Flow6Length;

    /// <summary>Writes all load balancers, and all flows that are alive and have one.</summary>
    /// <param name="destination">Gets the bytes; <see cref="MaxExportLength"/> always suffice.</param>
    /// <param name="now">The time.</param>
    /// <returns>Octets written, in time proportional to the capacity.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than <see cref="MaxExportLength"/>.</exception>
    public int Export(Span<byte> destination, Timestamp now)
    {
        if (destination.Length < MaxExportLength)
        {
            throw new ArgumentException($"The buffer must have {MaxExportLength} octets.", nameof(destination));
        }

        int length = SnapshotHeader;
        ushort members = 0;
        for (int place = 0; place < _members.Places; place++)
        {
            LbId id = _members.At(place);
            if (!id.IsNone)
            {
                WriteMember(destination.Slice(length, MemberLength), id);
                length += MemberLength;
                members++;
            }
        }

        uint flows4 = ExportFlows(_v4, Flow4Length, destination, ref length, now, static (in FlowKey4 key, Span<byte> record) =>
        {
            key.Source.Write(record);
            key.Destination.Write(record[4..]);
            WriteRest(record[8..], key.SourcePort, key.DestinationPort, key.Protocol, key.Scope);
        });
        uint flows6 = ExportFlows(_v6, Flow6Length, destination, ref length, now, static (in FlowKey6 key, Span<byte> record) =>
        {
            key.Source.Write(record);
            key.Destination.Write(record[16..]);
            WriteRest(record[32..], key.SourcePort, key.DestinationPort, key.Protocol, key.Scope);
        });
        BinaryPrimitives.WriteUInt32BigEndian(destination, SnapshotMagic);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], SnapshotVersion);
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], members);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], flows4);
        BinaryPrimitives.WriteUInt32BigEndian(destination[12..], flows6);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], Checksum(destination[SnapshotHeader..length]));
        return length;
    }

    /// <summary>Takes load balancers, under the names that they had, and flows into a table that has no load balancers yet.</summary>
    /// <param name="snapshot">What <see cref="Export"/> wrote.</param>
    /// <param name="now">The time.</param>
    public ReturnPathImportResult Import(ReadOnlySpan<byte> snapshot, Timestamp now)
    {
        if (snapshot.Length < SnapshotHeader || BinaryPrimitives.ReadUInt32BigEndian(snapshot) != SnapshotMagic)
        {
            return ReturnPathImportResult.Malformed;
        }

        if (BinaryPrimitives.ReadUInt16BigEndian(snapshot[4..]) != SnapshotVersion)
        {
            return ReturnPathImportResult.UnsupportedVersion;
        }

        int members = BinaryPrimitives.ReadUInt16BigEndian(snapshot[6..]);
        uint flows4 = BinaryPrimitives.ReadUInt32BigEndian(snapshot[8..]);
        uint flows6 = BinaryPrimitives.ReadUInt32BigEndian(snapshot[12..]);
        ReadOnlySpan<byte> rest = snapshot[SnapshotHeader..];
        long length = (long)members * MemberLength + (long)flows4 * Flow4Length + (long)flows6 * Flow6Length;
        if (rest.Length != length || BinaryPrimitives.ReadUInt32BigEndian(snapshot[16..]) != Checksum(rest))
        {
            return ReturnPathImportResult.Malformed;
        }

        if (!HasPlacesFor(rest[..(members * MemberLength)]))
        {
            return ReturnPathImportResult.NotEmpty;
        }

        bool complete = true;
        for (int i = 0; i < members; i++, rest = rest[MemberLength..])
        {
            complete &= TryReadMember(rest);
        }

        for (uint i = 0; i < flows4; i++, rest = rest[Flow4Length..])
        {
            ReadRest(rest[8..], out ushort source, out ushort destination, out IpProtocol protocol, out uint scope);
            var key = new FlowKey4(IPv4Address.Read(rest), IPv4Address.Read(rest[4..]), protocol, source, destination, scope);
            complete &= TryRestore(_v4, in key, rest[16..], now);
        }

        for (uint i = 0; i < flows6; i++, rest = rest[Flow6Length..])
        {
            ReadRest(rest[32..], out ushort source, out ushort destination, out IpProtocol protocol, out uint scope);
            var key = new FlowKey6(IPv6Address.Read(rest), IPv6Address.Read(rest[16..]), protocol, source, destination, scope);
            complete &= TryRestore(_v6, in key, rest[40..], now);
        }

        return complete ? ReturnPathImportResult.Complete : ReturnPathImportResult.Partial;
    }

    private bool HasPlacesFor(ReadOnlySpan<byte> members)
    {
        for (int place = 0; place < _members.Places; place++)
        {
            if (!_members.At(place).IsNone)
            {
                return false;
            }
        }

        for (; !members.IsEmpty; members = members[MemberLength..])
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(members) >= _members.Places)
            {
                return false;
            }
        }

        return true;
    }

    private delegate void KeyWriter<TKey>(in TKey key, Span<byte> record);

    private uint ExportFlows<TKey>(RecordStore<TKey> store, int recordLength, Span<byte> destination, ref int length, Timestamp now, KeyWriter<TKey> write)
        where TKey : unmanaged
    {
        uint written = 0;
        uint seconds = Seconds(now);
        int cursor = 0;
        do
        {
            int live = store.Flows.Slice(ref cursor, _slice);
            foreach (FlowHandle handle in _slice.AsSpan(0, live))
            {
                ReturnRecord flow = store.Flows[handle];
                if (store.IsIdle(in flow, seconds) || !_members.IsMember(flow.Lb))
                {
                    continue;
                }

                Span<byte> record = destination.Slice(length, recordLength);
                record.Clear();
                write(in store.Flows.KeyOf(handle), record);
                Span<byte> tail = record[^12..];
                BinaryPrimitives.WriteUInt16BigEndian(tail, flow.Lb.Index);
                BinaryPrimitives.WriteUInt16BigEndian(tail[2..], flow.Lb.Generation);
                tail[4] = (byte)flow.Stage;
                BinaryPrimitives.WriteUInt32BigEndian(tail[8..], flow.IdleAt(seconds));
                length += recordLength;
                written++;
            }
        }
        while (cursor != 0);
        return written;
    }

    private bool TryRestore<TKey>(RecordStore<TKey> store, in TKey key, ReadOnlySpan<byte> tail, Timestamp now)
        where TKey : unmanaged
    {
        var lb = new LbId(BinaryPrimitives.ReadUInt16BigEndian(tail), BinaryPrimitives.ReadUInt16BigEndian(tail[2..]));
        return tail[4] <= (byte)FlowStage.Closed
            && store.TryRestore(in key, lb, (FlowStage)tail[4], Seconds(now) - BinaryPrimitives.ReadUInt32BigEndian(tail[8..]));
    }

    private void WriteMember(Span<byte> record, LbId id)
    {
        record.Clear();
        ref readonly LbIdentity identity = ref _members.Identity(id);
        BinaryPrimitives.WriteUInt16BigEndian(record, id.Index);
        BinaryPrimitives.WriteUInt16BigEndian(record[2..], id.Generation);
        record[4] = (byte)_members.State(id);
        BinaryPrimitives.WriteUInt16BigEndian(record[6..], identity.Port);
        identity.Mac.Write(record[8..]);
        identity.TunnelRemote.Write(record[16..]);
        BinaryPrimitives.WriteUInt32BigEndian(record[32..], identity.TunnelKey);
    }

    private bool TryReadMember(ReadOnlySpan<byte> record)
    {
        var id = new LbId(BinaryPrimitives.ReadUInt16BigEndian(record), BinaryPrimitives.ReadUInt16BigEndian(record[2..]));
        var identity = new LbIdentity
        {
            Port = BinaryPrimitives.ReadUInt16BigEndian(record[6..]),
            Mac = MacAddress.Read(record[8..]),
            TunnelRemote = IPv6Address.Read(record[16..]),
            TunnelKey = BinaryPrimitives.ReadUInt32BigEndian(record[32..]),
        };
        return record[4] <= (byte)LbState.Draining && _members.TryRestore(id, in identity, (LbState)record[4]);
    }

    private static void WriteRest(Span<byte> record, ushort source, ushort destination, IpProtocol protocol, uint scope)
    {
        BinaryPrimitives.WriteUInt16BigEndian(record, source);
        BinaryPrimitives.WriteUInt16BigEndian(record[2..], destination);
        BinaryPrimitives.WriteUInt32BigEndian(record[4..], ((uint)protocol << 24) | scope);
    }

    private static void ReadRest(ReadOnlySpan<byte> record, out ushort source, out ushort destination, out IpProtocol protocol, out uint scope)
    {
        source = BinaryPrimitives.ReadUInt16BigEndian(record);
        destination = BinaryPrimitives.ReadUInt16BigEndian(record[2..]);
        uint word = BinaryPrimitives.ReadUInt32BigEndian(record[4..]);
        (protocol, scope) = ((IpProtocol)(word >> 24), word & FlowKey4.MaxScope);
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte octet in bytes)
        {
            crc = BitOperations.Crc32C(crc, octet);
        }

        return ~crc;
    }
}
