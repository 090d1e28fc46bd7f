using System.Buffers.Binary;
using System.Numerics;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>Flows as bytes: of one machine for another host, or all for a restart.</summary>
/// <remarks>
/// <code>
/// "WNAT" 4 | version 2 | octets of a record 2 | records 4 | CRC32c of the records 4 | records (<see cref="NatRecord"/>)
/// </code>
/// All numbers are in network byte order. Whatever a flow stands under comes before it.
/// </remarks>
public sealed partial class NatEngine
{
    /// <summary>Version of the form that <see cref="Export(Span{byte}, Timestamp)"/> writes.</summary>
    public const ushort SnapshotVersion = 2;

    private const uint SnapshotMagic = 0x574E_4154; // "WNAT"
    private const int SnapshotHeader = 16;

    /// <summary>Octets that an export of every entry there is would take.</summary>
    public int MaxExportLength => SnapshotHeader + _entries.Count * NatRecord.Length;

    /// <summary>Writes all flows of a machine, for <see cref="Import"/> on another host. Nothing changes here.</summary>
    /// <param name="scope">The machine's network.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="destination">Gets the bytes; <see cref="MaxExportLength"/> always suffice.</param>
    /// <param name="now">The time.</param>
    /// <returns>Octets written, in time proportional to the capacity of the table.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public int Export(uint scope, IPv4Address machine, Span<byte> destination, Timestamp now) => Export(scope, machine, destination, now, all: false);

    /// <summary>Writes the flows of all machines, for <see cref="Import"/> after a restart: into an engine that has the same blocks.</summary>
    /// <param name="destination">Gets the bytes; <see cref="MaxExportLength"/> always suffice.</param>
    /// <param name="now">The time.</param>
    /// <returns>Octets written, in time proportional to the capacity of the table.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public int Export(Span<byte> destination, Timestamp now) => Export(0, default, destination, now, all: true);

    /// <summary>
    /// Takes flows over. Ports that are in no block of this host stay the other host's: it sends the packets for them on
    /// (<see cref="MoveOut"/>). A port that is in a block here is taken only if it was exported under the lease that is here or the one
    /// before it: whatever is older may be somebody else's by now.
    /// </summary>
    /// <param name="export">What <see cref="Export(uint, IPv4Address, Span{byte}, Timestamp)"/> or its like wrote.</param>
    /// <param name="now">The time.</param>
    public NatImportResult Import(ReadOnlySpan<byte> export, Timestamp now)
    {
        if (export.Length < SnapshotHeader || BinaryPrimitives.ReadUInt32BigEndian(export) != SnapshotMagic)
        {
            return NatImportResult.Malformed;
        }

        if (BinaryPrimitives.ReadUInt16BigEndian(export[4..]) != SnapshotVersion)
        {
            return NatImportResult.UnsupportedVersion;
        }

        ReadOnlySpan<byte> rest = export[SnapshotHeader..];
        if (BinaryPrimitives.ReadUInt16BigEndian(export[6..]) != NatRecord.Length
            || rest.Length % NatRecord.Length != 0
            || BinaryPrimitives.ReadUInt32BigEndian(export[8..]) != (uint)(rest.Length / NatRecord.Length)
            || BinaryPrimitives.ReadUInt32BigEndian(export[12..]) != Checksum(rest))
        {
            return NatImportResult.Malformed;
        }

        bool complete = true;
        for (; !rest.IsEmpty; rest = rest[NatRecord.Length..])
        {
            complete &= TryImport(NatRecord.Read(rest), now);
        }

        return complete ? NatImportResult.Complete : NatImportResult.Partial;
    }

    private int Export(uint scope, IPv4Address machine, Span<byte> destination, Timestamp now, bool all)
    {
        int length = SnapshotHeader;
        Span<FlowHandle> slice = stackalloc FlowHandle[64];
        for (int round = 0; round < 2; round++)
        {
            int cursor = 0;
            do
            {
                int live = _entries.Slice(ref cursor, slice);
                foreach (FlowHandle handle in slice[..live])
                {
                    if (!IsExported(handle, first: round == 0, now, out NatRecord record) || !(all || (record.Forward.Scope == scope && record.Forward.Source == machine)))
                    {
                        continue;
                    }

                    if (destination.Length - length < NatRecord.Length)
                    {
                        throw new ArgumentException($"The export is longer than {destination.Length} octets; {MaxExportLength} always suffice.", nameof(destination));
                    }

                    record.Write(destination.Slice(length, NatRecord.Length));
                    length += NatRecord.Length;
                }
            }
            while (cursor != 0);
        }

        ReadOnlySpan<byte> records = destination[SnapshotHeader..length];
        BinaryPrimitives.WriteUInt32BigEndian(destination, SnapshotMagic);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], SnapshotVersion);
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], NatRecord.Length);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], (uint)(records.Length / NatRecord.Length));
        BinaryPrimitives.WriteUInt32BigEndian(destination[12..], Checksum(records));
        return length;
    }

    /// <summary>True if an entry belongs into this round: first what others stand under, then those.</summary>
    private bool IsExported(FlowHandle handle, bool first, Timestamp now, out NatRecord record)
    {
        record = default;
        FlowKey4 forward = _entries.ForwardKeyOf(handle);
        FlowKey4 reverse = _entries.ReverseKeyOf(handle);
        NatEntry entry = _entries[handle];
        bool isOwner = entry.HoldsPort || entry.Kind == NatEntryKind.Association;
        if (entry.Kind == NatEntryKind.PeerTag || isOwner != first || IsExpired(handle, forward.Protocol, now))
        {
            return false; // a tag is written with its association
        }

        record = new NatRecord
        {
            Forward = forward,
            Outside = reverse.Destination,
            OutsidePort = reverse.DestinationPort,
            Kind = entry.Kind,
            Tcp = entry.Tcp,
            IsStatic = entry.IsStatic,
            Idle = now - entry.LastSeen,
            Epoch = isOwner && entry.Block != PortPool.Foreign ? _pool[entry.Block]!.Range.LeaseEpoch : 0,
            RemoteTag = entry.Kind == NatEntryKind.Association ? entry.RemoteTag : 0,
        };
        return true;
    }

    private bool TryImport(NatRecord flow, Timestamp now)
    {
        bool isKnown = flow.Forward.Protocol is IpProtocol.Udp or IpProtocol.Tcp or IpProtocol.Icmp or IpProtocol.Sctp;
        if (flow.Forward.Scope > MaxScope || !isKnown)
        {
            return false;
        }

        FlowKey4 reverse = OutsideKey(flow.Forward.Destination, flow.Forward.DestinationPort, flow.Forward.Protocol, flow.Outside, flow.OutsidePort);
        FlowHandle handle = FlowHandle.None;
        switch (flow.Kind)
        {
            case NatEntryKind.Mapping or NatEntryKind.OwnPortSession:
                handle = MayTake(in flow) ? AddKnownMapping(flow.Forward, flow.Outside, flow.OutsidePort, flow.Kind, flow.IsStatic, now) : FlowHandle.None;
                break;
            case NatEntryKind.Association when flow.Forward.Protocol == IpProtocol.Sctp:
                handle = MayTake(in flow) ? AddKnownAssociation(in flow, in reverse, now) : FlowHandle.None;
                break;
            case NatEntryKind.Session or NatEntryKind.Permit:
                FlowHandle owner = _entries.Find(new FlowKey4(flow.Forward.Source, default, flow.Forward.Protocol, flow.Forward.SourcePort, 0, flow.Forward.Scope));
                if (owner.IsNone || owner.IsReverse || _entries[owner].Kind != NatEntryKind.Mapping)
                {
                    return false;
                }

                if (flow.Kind == NatEntryKind.Permit)
                {
                    AddPermit(owner, flow.Forward, in reverse, now);
                    return true;
                }

                _ = AddSession(owner, flow.Forward, in reverse, flow.Tcp, now, out handle);
                break;
            default:
                break;
        }

        if (handle.IsNone)
        {
            return false;
        }

        ref NatEntry entry = ref _entries[handle];
        entry.Tcp = flow.Tcp;
        entry.LastSeen = now - flow.Idle;
        return true;
    }

    /// <summary>True unless the flow's port is in a block here and was not the exporter's when that came here.</summary>
    private bool MayTake(in NatRecord flow)
    {
        int index = _pool.Find(flow.Outside, flow.OutsidePort);
        return index < 0 || (flow.Epoch >= _pool[index]!.Predecessor && flow.Epoch <= _pool[index]!.Range.LeaseEpoch);
    }

    /// <summary>Makes a mapping whose external endpoint is given.</summary>
    private FlowHandle AddKnownMapping(FlowKey4 forward, IPv4Address outside, ushort outsidePort, NatEntryKind kind, bool isStatic, Timestamp now)
    {
        int index = _pool.Find(outside, outsidePort);
        FlowKey4 reverse = OutsideKey(forward.Destination, forward.DestinationPort, forward.Protocol, outside, outsidePort);
        if ((index < 0 && (isStatic || !_pool.TryAddForeign(outside))) || !TryGetMachine(in forward, out FlowHandle owner))
        {
            return FlowHandle.None;
        }

        PoolBlock? block = index < 0 ? null : _pool[index]!;
        bool known = !_entries.Find(in forward).IsNone || !_entries.Find(in reverse).IsNone;
        bool taken = !known
            && (block is null
                || block.TryTake(forward.Protocol, outsidePort)
                || TryTakeBack(index, in reverse)
                || (kind == NatEntryKind.OwnPortSession && block.TryShare(forward.Protocol, outsidePort)));
        if (!taken || !TryAddEntry(in forward, in reverse, out FlowHandle handle))
        {
            if (taken)
            {
                block?.Release(forward.Protocol, outsidePort, now);
            }

            RemoveIfIdle(owner, forward.Scope, forward.Source, now);
            return FlowHandle.None;
        }

        byte place = index < 0 ? PortPool.Foreign : (byte)index;
        Begin(handle, new NatEntry { LastSeen = now, Owner = owner, Kind = kind, Block = place, IsStatic = isStatic }, forward.Protocol);
        _statics += isStatic ? 1 : 0;
        ref NatMachine machine = ref _machines[owner];
        machine.Count(forward.Protocol, +1);
        if (!machine.HasAddress && index >= 0)
        {
            Bind(ref machine, in forward, outside, now);
        }

        CountMapping(in forward, in reverse, created: true, now);
        return handle;
    }

    private FlowHandle AddKnownAssociation(in NatRecord flow, in FlowKey4 reverse, Timestamp now)
    {
        int index = _pool.Find(flow.Outside, flow.OutsidePort);
        if ((index < 0 && !_pool.TryAddForeign(flow.Outside)) || !TryGetMachine(flow.Forward, out FlowHandle owner))
        {
            return FlowHandle.None;
        }

        int block = index < 0 ? PortPool.Foreign : index;
        _ = index >= 0 && TryTakeBack(index, in reverse);
        FlowKey4 forward = flow.Forward;
        if (AddAssociation(owner, in forward, in reverse, block, flow.Tcp, now, out FlowHandle association) == NatDropReason.None && flow.RemoteTag != 0)
        {
            Learn(association, flow.RemoteTag);
        }

        return association;
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
