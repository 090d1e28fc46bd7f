using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>How flows enter a set, from the records that another one wrote.</summary>
public sealed partial class ServiceSet
{
    private StatePart[] _importParts = [];
    private bool _importsAsIs;
    private FlowHandle[] _imported4 = [];
    private FlowHandle[] _imported6 = [];

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
