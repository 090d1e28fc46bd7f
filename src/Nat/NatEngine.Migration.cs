using System.Buffers.Binary;
using System.Numerics;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>Machines that move: their flows go with them, and keep their external endpoints.</summary>
public sealed partial class NatEngine
{
    private const uint ExportMagic = 0x4E41_5401; // "NAT", version 1
    private const int ExportHeader = 12;
    private const int ExportRecord = 40;

    private readonly FlowTable<FlowKey4, MovedFlow> _moved;

    /// <summary>Octets that an export of every entry there is would take.</summary>
    public int MaxExportLength => ExportHeader + _entries.Count * ExportRecord;

    /// <summary>Writes all flows of a machine, for <see cref="Import"/> on another host. Nothing changes here.</summary>
    /// <param name="scope">The machine's network.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="destination">Gets the bytes; <see cref="MaxExportLength"/> always suffice.</param>
    /// <param name="now">The time.</param>
    /// <returns>Octets written, in time proportional to the capacity of the table.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public int Export(uint scope, IPv4Address machine, Span<byte> destination, Timestamp now)
    {
        int length = ExportHeader;
        Span<FlowHandle> slice = stackalloc FlowHandle[64];
        for (int round = 0; round < 2; round++)
        {
            // Mappings first: a session is imported under its mapping.
            int cursor = 0;
            do
            {
                int live = _entries.Slice(ref cursor, slice);
                foreach (FlowHandle handle in slice[..live])
                {
                    ref readonly FlowKey4 forward = ref _entries.ForwardKeyOf(handle);
                    ref NatEntry entry = ref _entries[handle];
                    if (forward.Scope != scope || forward.Source != machine || entry.HoldsPort != (round == 0) || IsExpired(handle, forward.Protocol, now))
                    {
                        continue;
                    }

                    if (destination.Length - length < ExportRecord)
                    {
                        throw new ArgumentException($"The export is longer than {destination.Length} octets; {MaxExportLength} always suffice.", nameof(destination));
                    }

                    WriteRecord(destination.Slice(length, ExportRecord), in forward, in _entries.ReverseKeyOf(handle), in entry, now);
                    length += ExportRecord;
                }
            }
            while (cursor != 0);
        }

        BinaryPrimitives.WriteUInt32BigEndian(destination, ExportMagic);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], (uint)((length - ExportHeader) / ExportRecord));
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], Checksum(destination[ExportHeader..length]));
        return length;
    }

    /// <summary>
    /// Takes over the flows of a machine. Ports that are in no block of this host stay the other host's: it sends the packets for
    /// them on (<see cref="MoveOut"/>).
    /// </summary>
    /// <param name="export">What <see cref="Export"/> wrote.</param>
    /// <param name="now">The time.</param>
    public NatImportResult Import(ReadOnlySpan<byte> export, Timestamp now)
    {
        if (export.Length < ExportHeader
            || BinaryPrimitives.ReadUInt32BigEndian(export) != ExportMagic
            || (export.Length - ExportHeader) % ExportRecord != 0
            || BinaryPrimitives.ReadUInt32BigEndian(export[4..]) != (uint)((export.Length - ExportHeader) / ExportRecord)
            || BinaryPrimitives.ReadUInt32BigEndian(export[8..]) != Checksum(export[ExportHeader..]))
        {
            return NatImportResult.Malformed;
        }

        bool complete = true;
        for (ReadOnlySpan<byte> rest = export[ExportHeader..]; !rest.IsEmpty; rest = rest[ExportRecord..])
        {
            complete &= TryImport(rest[..ExportRecord], now);
        }

        return complete ? NatImportResult.Complete : NatImportResult.Partial;
    }

    /// <summary>
    /// Hands a machine's flows over to another host: its entries end here, their ports stay taken, and packets that still come
    /// for them are redirected to it. To be called once the other host has imported them.
    /// </summary>
    /// <param name="scope">The machine's network.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="host">Where the machine is now: the address of that host's tunnels.</param>
    /// <param name="now">The time.</param>
    /// <returns>External endpoints that are redirected from now on, until their flows have been silent for their idle time.</returns>
    public int MoveOut(uint scope, IPv4Address machine, IPv6Address host, Timestamp now)
    {
        int moved = 0;
        Span<FlowHandle> slice = stackalloc FlowHandle[64];
        for (int round = 0; round < 2; round++)
        {
            // Every port is held before anything ends: a mapping ends with its last session, and would give its port back.
            int cursor = 0;
            do
            {
                int live = _entries.Slice(ref cursor, slice);
                foreach (FlowHandle handle in slice[..live])
                {
                    if (!_entries.IsLive(handle) || _entries.ForwardKeyOf(handle).Source != machine || _entries.ForwardKeyOf(handle).Scope != scope)
                    {
                        continue;
                    }

                    if (round == 0)
                    {
                        moved += TryHoldMoved(handle, host, now) ? 1 : 0;
                    }
                    else if (_entries[handle].Kind != NatEntryKind.Mapping || _entries[handle].Sessions == 0)
                    {
                        End(handle, now);
                    }
                }
            }
            while (cursor != 0);
        }

        return moved;
    }

    /// <summary>Ends redirections that have been silent for the idle time of established TCP, and gives their ports back.</summary>
    /// <param name="cursor">Where to go on: 0 at first, then what the previous call left.</param>
    /// <param name="now">The time.</param>
    /// <returns>How many ended.</returns>
    public int SweepMoved(ref int cursor, Timestamp now)
    {
        Span<FlowHandle> slice = stackalloc FlowHandle[64];
        int live = _moved.Slice(ref cursor, slice);
        int ended = 0;
        foreach (FlowHandle handle in slice[..live])
        {
            MovedFlow flow = _moved[handle];
            if (flow.LastSeen + _options.Timeouts.TcpEstablished <= now)
            {
                FlowKey4 key = _moved.KeyOf(handle);
                _pool.Release(flow.Block, key.Protocol, key.DestinationPort, now);
                ended += _moved.Remove(handle) ? 1 : 0;
            }
        }

        return ended;
    }

    /// <summary>Takes the port of an entry over, to redirect what still comes for it.</summary>
    private bool TryHoldMoved(FlowHandle handle, IPv6Address host, Timestamp now)
    {
        ref NatEntry entry = ref _entries[handle];
        if (!entry.HoldsPort || entry.Block == PortPool.Foreign)
        {
            return false;
        }

        FlowKey4 reverse = _entries.ReverseKeyOf(handle);
        FlowKey4 key = OutsideKey(default, 0, reverse.Protocol, reverse.Destination, reverse.DestinationPort);
        if (_moved.Add(in key, out FlowHandle stub) != FlowAddResult.Added)
        {
            return false;
        }

        _moved[stub] = new MovedFlow { Host = host, LastSeen = now, Block = entry.Block };
        entry.Block = PortPool.Foreign;
        return true;
    }

    private bool TryFindMoved(in NatPacket at, ushort port, Timestamp now, out IPv6Address host)
    {
        host = default;
        if (_moved.Count == 0)
        {
            return false;
        }

        // An ICMP error is about the flow that it embeds; its port is that flow's, whichever protocol that has.
        FlowHandle stub = _moved.Find(OutsideKey(default, 0, at.Protocol, at.Destination, port));
        if (stub.IsNone && at.Kind == NatPacketKind.IcmpError)
        {
            stub = _moved.Find(OutsideKey(default, 0, IpProtocol.Udp, at.Destination, port));
            stub = stub.IsNone ? _moved.Find(OutsideKey(default, 0, IpProtocol.Tcp, at.Destination, port)) : stub;
        }

        if (stub.IsNone)
        {
            return false;
        }

        _moved[stub].LastSeen = now;
        host = _moved[stub].Host;
        return true;
    }

    private bool TryImport(ReadOnlySpan<byte> record, Timestamp now)
    {
        NatRecord flow = NatRecord.Read(record);
        if (flow.Forward.Scope > MaxScope || flow.Forward.Protocol is not (IpProtocol.Udp or IpProtocol.Tcp or IpProtocol.Icmp) || flow.Kind > NatEntryKind.Permit)
        {
            return false;
        }

        Timestamp seen = now - flow.Idle;
        if (flow.Kind is NatEntryKind.Mapping or NatEntryKind.OwnPortSession)
        {
            FlowHandle mapping = AddKnownMapping(flow.Forward, flow.Outside, flow.OutsidePort, flow.IsStatic, now);
            if (!mapping.IsNone)
            {
                ref NatEntry entry = ref _entries[mapping];
                (entry.Kind, entry.Tcp, entry.LastSeen) = (flow.Kind, flow.Tcp, seen);
            }

            return !mapping.IsNone;
        }

        FlowHandle owner = _entries.Find(new FlowKey4(flow.Forward.Source, default, flow.Forward.Protocol, flow.Forward.SourcePort, 0, flow.Forward.Scope));
        if (owner.IsNone)
        {
            return false;
        }

        FlowKey4 reverse = OutsideKey(flow.Forward.Destination, flow.Forward.DestinationPort, flow.Forward.Protocol, flow.Outside, flow.OutsidePort);
        if (flow.Kind == NatEntryKind.Permit)
        {
            AddPermit(owner, flow.Forward, in reverse, now);
            return true;
        }

        if (AddSession(owner, flow.Forward, in reverse, flow.Tcp, now, out FlowHandle session) != NatDropReason.None)
        {
            return false;
        }

        _entries[session].LastSeen = seen;
        return true;
    }

    /// <summary>Makes a mapping whose external endpoint is given.</summary>
    private FlowHandle AddKnownMapping(FlowKey4 forward, IPv4Address outside, ushort outsidePort, bool isStatic, Timestamp now)
    {
        int index = _pool.Find(outside, outsidePort);
        FlowKey4 reverse = OutsideKey(forward.Destination, forward.DestinationPort, forward.Protocol, outside, outsidePort);
        if ((index < 0 && (isStatic || !_pool.TryAddForeign(outside))) || !TryGetMachine(in forward, out FlowHandle owner))
        {
            return FlowHandle.None;
        }

        int protocol = PortPool.IndexOf(forward.Protocol);
        int offset = index < 0 ? 0 : outsidePort - _pool[index]!.Range.First;
        bool taken = index < 0 || _pool[index]!.Ports[protocol].TryTake(offset);
        if (!taken || !TryAddEntry(in forward, in reverse, out FlowHandle handle))
        {
            if (taken && index >= 0)
            {
                _pool[index]!.Ports[protocol].Release(offset, now);
            }

            RemoveIfIdle(owner);
            return FlowHandle.None;
        }

        byte block = index < 0 ? PortPool.Foreign : (byte)index;
        Begin(handle, new NatEntry { LastSeen = now, Owner = owner, Kind = NatEntryKind.Mapping, Block = block, IsStatic = isStatic }, forward.Protocol, now);
        ref NatMachine machine = ref _machines[owner];
        machine.Count(forward.Protocol, +1);
        if (!machine.HasAddress && index >= 0)
        {
            machine.Address = outside;
            machine.HasAddress = true;
        }

        CountMapping(in forward, in reverse, created: true, now);
        return handle;
    }

    private static void WriteRecord(Span<byte> record, in FlowKey4 forward, in FlowKey4 reverse, in NatEntry entry, Timestamp now) => new NatRecord
    {
        Forward = forward,
        Outside = reverse.Destination,
        OutsidePort = reverse.DestinationPort,
        Kind = entry.Kind,
        Tcp = entry.Tcp,
        IsStatic = entry.IsStatic,
        Idle = now - entry.LastSeen,
    }.Write(record);

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte octet in bytes)
        {
            crc = BitOperations.Crc32C(crc, octet);
        }

        return ~crc;
    }

    private struct MovedFlow
    {
        public IPv6Address Host;
        public Timestamp LastSeen;
        public byte Block;
    }
}
