using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>
/// Flows leave a set as records, and enter another as such. A record names its flow by family and place in the set that it comes from:
/// <code>
/// +--------+-------+-----------+--------------------------------------------------------------+
/// | kind 1 | place 4 | length 2 | two keys, two masks, silence 4, flags 2, protocol 1, 0, states |
/// +--------+-------+-----------+--------------------------------------------------------------+
/// </code>
/// in little-endian order. Kind 1 is what the service at a place remembers of the machine itself. A place whose flow has ended is a record of length 0. Later records of a place replace earlier ones.
/// </summary>
public sealed partial class ServiceSet
{
    /// <summary>Longest thing that a service may remember of the machine beside its flows.</summary>
    public const int MaxMachineEntryBytes = 2048;

    private const byte KindMachine = 1;
    private const byte KindIPv4 = 4;
    private const byte KindIPv6 = 6;
    private const int RecordHead = 7;
    private const int RecordTail = 8 + 8 + 4 + 2 + 1 + 1;

    private readonly FlowHandle[] _slice = new FlowHandle[256];
    private readonly int _flowRecordBytes;
    private readonly (int Offset, int Length)[] _moving;
    private int _machineSlot;
    private int _machineEntry;
    private bool _frozen;
    private bool _tracking;
    private ulong _left;
    private int _scan4;
    private int _scan6;
    private StatePart[] _importParts = [];
    private bool _importsAsIs;
    private FlowHandle[] _imported4 = [];
    private FlowHandle[] _imported6 = [];

    /// <summary>True between <see cref="Freeze"/> and <see cref="Thaw"/>.</summary>
    public bool IsFrozen => _frozen;

    /// <summary>Most bytes of one record of <see cref="Export"/>.</summary>
    public int MaxRecordBytes => Math.Max(_flowRecordBytes, Array.Exists(_slots, slot => slot.MachineEntries > 0) ? RecordHead + MaxMachineEntryBytes : 0);

    /// <summary>
    /// Has the set take no packets: each is to be held. Time goes on for its flows. What services remember of the machine itself cannot change
    /// any more, and is due for <see cref="Export"/>.
    /// </summary>
    public void Freeze() => (_frozen, _machineSlot, _machineEntry) = (true, 0, 0);

    /// <summary>Lets packets in again.</summary>
    public void Thaw() => _frozen = false;

    /// <summary>Describes the state that <see cref="Export"/> gives, for <see cref="BeginImport"/>.</summary>
    /// <param name="into">At least <see cref="MaxSchemaBytes"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public int WriteSchema(Span<byte> into) => StateSchema.Write(_slots, into);

    /// <summary>Longest description that <see cref="WriteSchema"/> gives.</summary>
    public static int MaxSchemaBytes => StateSchema.MaxBytes;

    /// <summary>Starts to export: from now on every flow that lives or changes is due.</summary>
    /// <param name="leavePinned">True to leave flows out that visit a service whose state is bound to this host.</param>
    public void BeginExport(bool leavePinned = false)
    {
        _tracking = true;
        _left = leavePinned ? PinnedServices : 0;
        MarkAll(_flows4);
        MarkAll(_flows6);
        (_scan4, _scan6) = (0, 0);
    }

    /// <summary>Writes flows that changed since they were written last. Call it again until it writes nothing; packets may go on meanwhile.</summary>
    /// <param name="into">At least <see cref="MaxRecordBytes"/> bytes.</param>
    /// <param name="now">The time.</param>
    /// <returns>Bytes written, whole records; 0 if no flow is due.</returns>
    public int Export(Span<byte> into, Timestamp now) => ExportCounted(into, now, out _);

    /// <summary>The same, and how many flows were written.</summary>
    internal int ExportCounted(Span<byte> into, Timestamp now, out int flows)
    {
        flows = 0;
        int written = Export(_flows4, KindIPv4, ref _scan4, into, now, ref flows);
        written += Export(_flows6, KindIPv6, ref _scan6, into[written..], now, ref flows);
        return _frozen ? written + ExportMachine(into[written..]) : written;
    }

    /// <summary>Writes what services remember of the machine itself and was not written since the set was frozen.</summary>
    private int ExportMachine(Span<byte> into)
    {
        int written = 0;
        while (_machineSlot < _slots.Length)
        {
            if (_machineEntry >= _slots[_machineSlot].MachineEntries)
            {
                (_machineSlot, _machineEntry) = (_machineSlot + 1, 0);
                continue;
            }

            if (into.Length - written < RecordHead + MaxMachineEntryBytes)
            {
                break;
            }

            Span<byte> record = into[written..];
            int length = _slots[_machineSlot].ExportMachine(_machineEntry++, record[RecordHead..]);
            record[0] = KindMachine;
            BinaryPrimitives.WriteUInt32LittleEndian(record[1..], (uint)_machineSlot);
            BinaryPrimitives.WriteUInt16LittleEndian(record[5..], (ushort)length);
            written += RecordHead + length;
        }

        return written;
    }

    /// <summary>Flows that are due. Counts them.</summary>
    internal int Due => _flows4.DirtyCount + _flows6.DirtyCount;

    /// <summary>True if any flow visits a service whose state is bound to this host. Looks at all flows.</summary>
    public bool HasPinnedFlows()
    {
        ulong pinned = PinnedServices;
        return pinned != 0 && (HasPinned(_flows4, pinned) || HasPinned(_flows6, pinned));
    }

    /// <summary>Stops to note changes.</summary>
    public void EndExport() => _tracking = false;

    /// <summary>Prepares to take over the flows of another set.</summary>
    /// <param name="schema">What its <see cref="WriteSchema"/> gave.</param>
    /// <param name="ipv4Flows">Its capacity for IPv4 flows.</param>
    /// <param name="ipv6Flows">Its capacity for IPv6 flows.</param>
    /// <returns>False if the services are others, or the capacities beyond what a set can have.</returns>
    public bool BeginImport(ReadOnlySpan<byte> schema, int ipv4Flows, int ipv6Flows)
    {
        var parts = new StatePart[_slots.Length];
        if (!StateSchema.TryMatch(schema, _slots, parts) || ipv4Flows is < 1 or > (1 << 25) || ipv6Flows is < 1 or > (1 << 25))
        {
            return false;
        }

        (_importParts, _imported4, _imported6) = (parts, new FlowHandle[ipv4Flows], new FlowHandle[ipv6Flows]);
        _importsAsIs = _slots.All(slot => parts[slot.Index] == new StatePart(slot.Info.StateVersion, (ushort)slot.StateBytes, slot.Info.State));
        return true;
    }

    /// <summary>Takes flows over. The same records may come again.</summary>
    /// <param name="records">What the other set's <see cref="Export"/> gave.</param>
    /// <param name="now">The time.</param>
    public ImportResult Import(ReadOnlySpan<byte> records, Timestamp now)
    {
        while (!records.IsEmpty)
        {
            if (records.Length < RecordHead)
            {
                return ImportResult.Malformed;
            }

            uint place = BinaryPrimitives.ReadUInt32LittleEndian(records[1..]);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(records[5..]);
            if (records.Length < RecordHead + length)
            {
                return ImportResult.Malformed;
            }

            ReadOnlySpan<byte> body = records.Slice(RecordHead, length);
            ImportResult result = records[0] switch
            {
                KindIPv4 => Import(_flows4, _imported4, place, body, now),
                KindIPv6 => Import(_flows6, _imported6, place, body, now),
                KindMachine => ImportMachine(place, body),
                _ => ImportResult.Malformed,
            };
            if (result != ImportResult.Taken)
            {
                return result;
            }

            records = records[(RecordHead + length)..];
        }

        return ImportResult.Taken;
    }

    /// <summary>Ends all flows, without a word to the services: their state is elsewhere now, or was never needed.</summary>
    public void Forget()
    {
        _flows4.Clear();
        _flows6.Clear();
        (_imported4, _imported6) = ([], []);
    }

    /// <summary>Where the state that moves lies in a flow's, that of neighbours without a gap in one piece.</summary>
    private static (int Offset, int Length)[] MovingState(ServiceSlot[] slots)
    {
        var pieces = new List<(int Offset, int Length)>();
        foreach (ServiceSlot slot in slots.Where(slot => slot.Info.State == StateKind.Migratable))
        {
            if (pieces.Count > 0 && pieces[^1].Offset + pieces[^1].Length == slot.StateOffset)
            {
                pieces[^1] = (pieces[^1].Offset, pieces[^1].Length + slot.StateBytes);
            }
            else
            {
                pieces.Add((slot.StateOffset, slot.StateBytes));
            }
        }

        return [.. pieces];
    }

    private static int FlowRecordBytes(ServiceSlot[] slots) => RecordHead + 2 * Unsafe.SizeOf<FlowKey6>() + RecordTail + slots.Sum(slot => slot.StateBytes);

    private ulong PinnedServices => _slots.Where(slot => slot.Info.State == StateKind.Pinned).Aggregate(0UL, (mask, slot) => mask | 1UL << slot.Index);

    private static bool IsPinned(in FlowRecord flow, ulong services) => ((flow.Forward | flow.Reverse) & services) != 0;

    private bool HasPinned<TKey, TKind>(FlowSide<TKey, TKind> flows, ulong services)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
    {
        int cursor = 0;
        do
        {
            int count = flows.Slice(ref cursor, _slice);
            foreach (FlowHandle handle in _slice.AsSpan(0, count))
            {
                if (IsPinned(flows[handle], services))
                {
                    return true;
                }
            }
        }
        while (cursor != 0);
        return false;
    }

    private void MarkAll<TKey, TKind>(FlowSide<TKey, TKind> flows)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
    {
        int cursor = 0;
        do
        {
            int count = flows.Slice(ref cursor, _slice);
            foreach (FlowHandle handle in _slice.AsSpan(0, count))
            {
                flows.MarkDirty(handle);
            }
        }
        while (cursor != 0);
    }

    private int Export<TKey, TKind>(FlowSide<TKey, TKind> flows, byte kind, ref int scan, Span<byte> into, Timestamp now, ref int count)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
    {
        int written = 0;
        bool wrapped = false;
        while (into.Length - written >= _flowRecordBytes)
        {
            int place = flows.TakeDirty(scan);
            if (place < 0)
            {
                if (wrapped || scan == 0)
                {
                    scan = 0;
                    break;
                }

                (scan, wrapped) = (0, true);
                continue;
            }

            scan = place;
            written += Write(flows, kind, place, into[written..], now);
            count++;
        }

        return written;
    }

    /// <summary>Writes the record of a place; there is room for the longest.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private unsafe int Write<TKey, TKind>(FlowSide<TKey, TKind> flows, byte kind, int place, Span<byte> into, Timestamp now)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
    {
        // Pointers, because a record is a dozen short writes: with a span for each, sync cost half as much again. No write goes beyond _flowRecordBytes.
        ArgumentOutOfRangeException.ThrowIfLessThan(into.Length, _flowRecordBytes);
        fixed (byte* start = into)
        {
            byte* at = start + RecordHead;
            if (flows.TryAt(place, out FlowHandle handle))
            {
                ref FlowRecord flow = ref flows.Get(handle, out TKey forward, out TKey reverse);
                if (!IsPinned(flow, _left))
                {
                    Unsafe.WriteUnaligned(at, forward);
                    Unsafe.WriteUnaligned(at + sizeof(TKey), reverse);
                    at += 2 * sizeof(TKey);
                    Put(at, flow.Forward);
                    Put(at + 8, flow.Reverse);
                    // Silence, not a moment: the clocks of two hosts have nothing in common. Then flags, protocol, and an octet of nothing.
                    ulong silence = FlowSide<TKey, TKind>.Milliseconds(now) - flow.LastSeen;
                    Put(at + 16, silence | (ulong)(flow.Flags & FlowFlags.Remembered) << 32 | (ulong)flow.Protocol << 48);
                    at += RecordTail;
                    byte* state = flows.StateOf(handle);
                    foreach ((int offset, int length) in _moving)
                    {
                        Unsafe.CopyBlockUnaligned(at, state + offset, (uint)length);
                        at += length;
                    }
                }
            }

            start[0] = kind;
            BinaryPrimitives.WriteUInt32LittleEndian(into[1..], (uint)place);
            BinaryPrimitives.WriteUInt16LittleEndian(into[5..], (ushort)(at - start - RecordHead));
            return (int)(at - start);
        }

        static void Put(byte* to, ulong value) => Unsafe.WriteUnaligned(to, BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value));
    }

    private unsafe ImportResult Import<TKey, TKind>(FlowSide<TKey, TKind> flows, FlowHandle[] imported, uint place, ReadOnlySpan<byte> body, Timestamp now)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
    {
        if (place >= (uint)imported.Length)
        {
            return ImportResult.Malformed;
        }

        FlowHandle known = imported[place];
        bool isKnown = flows.IsLive(known);
        int fixedLength = 2 * sizeof(TKey) + RecordTail;
        if (!body.IsEmpty && body.Length < fixedLength)
        {
            return ImportResult.Malformed;
        }

        if (isKnown && !body.IsEmpty && flows.HasKeys(known, body[..(2 * sizeof(TKey))]))
        {
            // Most of what comes in later rounds, and all but new flows of what a freeze waits for.
            flows.Update(known, ReadRecord<TKey, TKind>(body, now), now, _options.Timeouts);
            return TryReadStates(body[fixedLength..], flows.StateOf(known)) ? ImportResult.Taken : ImportResult.StateRefused;
        }

        if (isKnown)
        {
            flows.Remove(known);
        }

        imported[place] = FlowHandle.None;
        if (body.IsEmpty)
        {
            return ImportResult.Taken;
        }

        flows.ClearScratch();
        if (!TryReadStates(body[fixedLength..], flows.Scratch))
        {
            return ImportResult.StateRefused;
        }

        FlowRecord record = ReadRecord<TKey, TKind>(body, now);
        FlowAddResult added = flows.Begin(MemoryMarshal.Read<TKey>(body), MemoryMarshal.Read<TKey>(body[sizeof(TKey)..]), record, now, _options.Timeouts, out imported[place]);
        if (added == FlowAddResult.Added)
        {
            return ImportResult.Taken;
        }

        imported[place] = FlowHandle.None;
        return added == FlowAddResult.Refused ? ImportResult.Full : ImportResult.Conflict;
    }

    private unsafe FlowRecord ReadRecord<TKey, TKind>(ReadOnlySpan<byte> body, Timestamp now)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
    {
        ReadOnlySpan<byte> tail = body[(2 * sizeof(TKey))..];
        ulong all = ServiceMask.First(_slots.Length).Bits;
        return new FlowRecord
        {
            Forward = BinaryPrimitives.ReadUInt64LittleEndian(tail) & all,
            Reverse = BinaryPrimitives.ReadUInt64LittleEndian(tail[8..]) & all,
            LastSeen = FlowSide<TKey, TKind>.Milliseconds(now) - BinaryPrimitives.ReadUInt32LittleEndian(tail[16..]),
            Flags = (FlowFlags)BinaryPrimitives.ReadUInt16LittleEndian(tail[20..]) & FlowFlags.Remembered,
            Protocol = (IpProtocol)tail[22],
            Generation = _generation,
        };
    }

    private ImportResult ImportMachine(uint place, ReadOnlySpan<byte> entry)
    {
        if (place >= (uint)_importParts.Length)
        {
            return ImportResult.Malformed;
        }

        ServiceSlot slot = _slots[place];
        return _importParts[place].Version == slot.Info.StateVersion && slot.TryImportMachine(entry) ? ImportResult.Taken : ImportResult.StateRefused;
    }

    private unsafe bool TryReadStates(ReadOnlySpan<byte> states, byte* scratch)
    {
        if (!(_importsAsIs ? TryCopyStates(states, scratch) : TryConvertStates(states, scratch)))
        {
            return false;
        }

        if (_copies)
        {
            foreach (ServiceSlot slot in _slots)
            {
                slot.CatchUp(scratch);
            }
        }

        return true;
    }

    /// <summary>State of services that are the very same at both ends.</summary>
    private unsafe bool TryCopyStates(ReadOnlySpan<byte> states, byte* scratch)
    {
        foreach ((int offset, int length) in _moving)
        {
            if (states.Length < length)
            {
                return false;
            }

            states[..length].CopyTo(new Span<byte>(scratch + offset, length));
            states = states[length..];
        }

        return states.IsEmpty;
    }

    private unsafe bool TryConvertStates(ReadOnlySpan<byte> states, byte* scratch)
    {
        for (int i = 0; i < _slots.Length; i++)
        {
            StatePart part = _importParts[i];
            if (part.Kind != StateKind.Migratable)
            {
                continue;
            }

            if (states.Length < part.Bytes || !_slots[i].TryImport(part.Version, states[..part.Bytes], scratch))
            {
                return false;
            }

            states = states[part.Bytes..];
        }

        return states.IsEmpty;
    }
}
