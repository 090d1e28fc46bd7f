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
}
