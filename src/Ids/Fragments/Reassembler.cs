using System.Buffers.Binary;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Ids;

/// <summary>
/// Puts IP datagrams together (RFC 791 section 3.2, RFC 8200 section 4.5), in a fixed number of buffers; the one idle longest
/// gives way. Overlaps are decided as the receiver would; of IPv6 none is allowed and the datagram is given up (RFC 5722).
/// </summary>
internal sealed class Reassembler : IDisposable
{
    private const int HeaderRoom = 512;
    private const int MaxPayload = 65_535;
    private const int SlotBytes = HeaderRoom + MaxPayload + 1;
    private const int MaxPieces = 64;
    private const int IPv6Header = 40;
    private const int FragmentHeader = 8;

    private readonly FlowTable<FragmentKey6, Place> _datagrams;
    private readonly LruSlots _slots;
    private readonly byte[] _bytes;
    private readonly Datagram[] _states;
    private readonly StreamPiece[] _pieces;
    private readonly TimeSpan _timeout;

    public Reassembler(DetectorOptions options)
    {
        int capacity = options.FragmentCapacity;
        _datagrams = new FlowTable<FragmentKey6, Place>(new FlowTableOptions { Capacity = Math.Max(16, 2 * capacity), Seed = options.Seed, WhenFull = FlowFullPolicy.EvictIdle });
        _slots = new LruSlots(capacity);
        _bytes = GC.AllocateUninitializedArray<byte>(checked(capacity * SlotBytes));
        _states = new Datagram[capacity];
        _pieces = new StreamPiece[capacity * MaxPieces];
        _timeout = options.FragmentTimeout;
    }

    /// <summary>Takes a fragment.</summary>
    /// <param name="facts">The fragment; events are added to it.</param>
    /// <param name="policy">How the receiver decides overlaps.</param>
    /// <param name="now">The time.</param>
    /// <param name="meter">What was done.</param>
    /// <param name="packet">The datagram from its IP header on, once it is whole; good until the next call.</param>
    public bool TryAdd(scoped ref PacketFacts facts, OverlapPolicy policy, Timestamp now, DetectorMeter meter, out ReadOnlySpan<byte> packet)
    {
        packet = default;
        if (!TryRead(in facts, out Fragment fragment))
        {
            meter.Counters.DatagramsLost++;
            return false;
        }

        ref Datagram datagram = ref Find(in facts, in fragment, now, meter, out int slot);
        ReadOnlySpan<byte> data = facts.Network[fragment.DataAt..];
        int end = fragment.Offset + data.Length;
        bool isTooLarge = end > MaxPayload;
        facts.DecodeEvents |= !isTooLarge ? DecodeEvents.None : facts.Version == 4 ? DecodeEvents.IPv4FragmentTooLarge : DecodeEvents.IPv6FragmentTooLarge;
        if (slot < 0 || datagram.IsGivenUp)
        {
            return false;
        }

        if (isTooLarge)
        {
            GiveUp(ref datagram, meter);
            return false;
        }

        bool isDamaged = (fragment.HasMore && (data.Length % 8 != 0 || data.IsEmpty)) || (datagram.Total >= 0 && (end > datagram.Total || (!fragment.HasMore && end != datagram.Total)));
        if (isDamaged && facts.Version == 6)
        {
            facts.DecodeEvents |= fragment.HasMore && data.Length % 8 != 0 ? DecodeEvents.IPv6FragmentInvalidLength : DecodeEvents.IPv6FragmentOverlap;
            GiveUp(ref datagram, meter);
            return false;
        }

        if (!Insert(ref facts, ref datagram, slot, in fragment, data, policy))
        {
            GiveUp(ref datagram, meter);
            return false;
        }

        if (fragment.Offset == 0)
        {
            datagram.HeaderLength = KeepHeader(in facts, in fragment, slot);
        }

        datagram.Total = fragment.HasMore ? datagram.Total : end;
        if (datagram.Total < 0 || datagram.HeaderLength == 0 || !IsWhole(in datagram, slot))
        {
            return false;
        }

        packet = Finish(ref datagram, slot, facts.Version);
        datagram.IsGivenUp = true;
        meter.Counters.Reassembled++;
        return true;
    }

    public void Dispose() => _datagrams.Dispose();

    private static bool TryRead(in PacketFacts facts, out Fragment fragment)
    {
        fragment = default;
        if (facts.Version == 4)
        {
            fragment.DataAt = facts.TransportOffset;
            fragment.Offset = (facts.FragmentWord & 0x1FFF) * 8;
            fragment.HasMore = (facts.FragmentWord & 0x2000) != 0;
            fragment.Id = facts.Identification;
            fragment.Protocol = facts.Protocol;
            return true;
        }

        ReadOnlySpan<byte> bytes = facts.Network;
        int field = 6;
        int at = IPv6Header;
        for (int i = 0; i < IPv6ExtensionWalk.MaxHeaders && bytes.Length - at >= FragmentHeader; i++)
        {
            var next = (IpProtocol)bytes[field];
            if (next == IpProtocol.Fragment)
            {
                int word = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
                fragment.NextField = field;
                fragment.HeaderAt = at;
                fragment.DataAt = at + FragmentHeader;
                fragment.Offset = word & 0xFFF8;
                fragment.HasMore = (word & 1) != 0;
                fragment.Id = BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + 4)..]);
                return true;
            }

            if (!IPv6ExtensionWalk.IsExtension(next))
            {
                return false;
            }

            field = at;
            at += (bytes[at + 1] + 1) * 8;
        }

        return false;
    }

    private ref Datagram Find(in PacketFacts facts, in Fragment fragment, Timestamp now, DetectorMeter meter, out int slot)
    {
        uint scope = facts.Version == 4 ? 0x100u | (uint)fragment.Protocol : 0;
        var key = new FragmentKey6(facts.Source, facts.Destination, fragment.Id, scope);
        if (_datagrams.Add(in key, out FlowHandle handle) is FlowAddResult.Refused or FlowAddResult.Conflict)
        {
            meter.Counters.DatagramsLost++;
            slot = -1;
            return ref _states[0];
        }

        ref Place place = ref _datagrams[handle];
        bool isHeld = _slots.IsHeld(place.Slot, place.Use);
        if (!isHeld || now - new Timestamp(_states[place.Slot].Began) > _timeout || (_states[place.Slot].IsGivenUp && facts.Version == 4))
        {
            // A datagram that came whole is forgotten; one of IPv6 that was given up stays so (RFC 5722).
            bool isLost = false;
            if (!isHeld)
            {
                place.Slot = _slots.Take(out place.Use, out isLost);
            }

            meter.Counters.DatagramsLost += isLost && !_states[place.Slot].IsGivenUp ? 1 : 0;
            _states[place.Slot] = new Datagram { Began = now.Nanoseconds, Total = -1 };
        }

        slot = place.Slot;
        _slots.Touch(slot);
        return ref _states[slot];
    }

    private static void GiveUp(ref Datagram datagram, DetectorMeter meter)
    {
        datagram.IsGivenUp = true;
        meter.Counters.DatagramsLost++;
    }

    private bool Insert(ref PacketFacts facts, ref Datagram datagram, int slot, in Fragment fragment, ReadOnlySpan<byte> data, OverlapPolicy policy)
    {
        Span<StreamPiece> pieces = _pieces.AsSpan(slot * MaxPieces, MaxPieces);
        Span<byte> buffer = _bytes.AsSpan(slot * SlotBytes + HeaderRoom, MaxPayload);
        int at = fragment.Offset;
        int end = at + data.Length;
        int old = datagram.PieceCount;
        for (int i = 0; i < old && at < end; i++)
        {
            StreamPiece piece = pieces[i];
            if (piece.End <= at || piece.Start >= end)
            {
                continue;
            }

            if (facts.Version == 6)
            {
                // A copy is no overlap that changes anything.
                bool isCopy = piece.Start == fragment.Offset && piece.End == end && buffer[fragment.Offset..end].SequenceEqual(data);
                facts.DecodeEvents |= isCopy ? DecodeEvents.None : DecodeEvents.IPv6FragmentOverlap;
                return isCopy;
            }

            facts.DecodeEvents |= DecodeEvents.IPv4FragmentOverlap;
            if (at < piece.Start && !Put(ref datagram, pieces, buffer, fragment.Offset, at, (int)piece.Start, data))
            {
                return false;
            }

            at = Math.Max(at, (int)piece.Start);
            int to = Math.Min(end, (int)piece.End);
            if (OverlapRules.LaterWins(policy, fragment.Offset, end, piece.Start, piece.End))
            {
                data[(at - fragment.Offset)..(to - fragment.Offset)].CopyTo(buffer[at..]);
            }

            at = to;
        }

        return at >= end || Put(ref datagram, pieces, buffer, fragment.Offset, at, end, data);
    }

    private static bool Put(ref Datagram datagram, Span<StreamPiece> pieces, Span<byte> buffer, int offset, int from, int to, ReadOnlySpan<byte> data)
    {
        if (datagram.PieceCount == MaxPieces && !TryMerge(ref datagram, pieces))
        {
            return false;
        }

        data[(from - offset)..(to - offset)].CopyTo(buffer[from..]);
        int at = datagram.PieceCount;
        while (at > 0 && pieces[at - 1].Start > from)
        {
            pieces[at] = pieces[at - 1];
            at--;
        }

        pieces[at] = new StreamPiece { Start = from, End = to };
        datagram.PieceCount++;
        return true;
    }

    // Neighbours become one when places run out; overlaps with them are then decided as with one fragment.
    private static bool TryMerge(ref Datagram datagram, Span<StreamPiece> pieces)
    {
        int kept = 0;
        for (int i = 1; i < datagram.PieceCount; i++)
        {
            if (pieces[i].Start == pieces[kept].End)
            {
                pieces[kept].End = pieces[i].End;
            }
            else
            {
                pieces[++kept] = pieces[i];
            }
        }

        bool isMerged = kept + 1 < datagram.PieceCount;
        datagram.PieceCount = kept + 1;
        return isMerged;
    }

    private bool IsWhole(in Datagram datagram, int slot)
    {
        long edge = 0;
        foreach (StreamPiece piece in _pieces.AsSpan(slot * MaxPieces, datagram.PieceCount))
        {
            if (piece.Start > edge)
            {
                return false;
            }

            edge = Math.Max(edge, piece.End);
        }

        return edge >= datagram.Total;
    }

    // The header ends where the data begins, so that both are one packet.
    private int KeepHeader(in PacketFacts facts, in Fragment fragment, int slot)
    {
        int length = facts.Version == 4 ? facts.TransportOffset : fragment.HeaderAt;
        if (length > HeaderRoom)
        {
            return 0;
        }

        Span<byte> header = _bytes.AsSpan(slot * SlotBytes + HeaderRoom - length, length);
        facts.Network[..length].CopyTo(header);
        if (facts.Version == 6)
        {
            header[fragment.NextField] = facts.Network[fragment.HeaderAt];
        }

        return length;
    }

    private ReadOnlySpan<byte> Finish(scoped ref Datagram datagram, int slot, byte version)
    {
        int length = Math.Min(datagram.HeaderLength + datagram.Total, ushort.MaxValue);
        Span<byte> packet = _bytes.AsSpan(slot * SlotBytes + HeaderRoom - datagram.HeaderLength, length);
        if (version == 4)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)length);
            BinaryPrimitives.WriteUInt16BigEndian(packet[6..], 0);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(length - IPv6Header));
        }

        return packet;
    }

    private struct Place
    {
        public int Slot;
        public uint Use;
    }

    private struct Datagram
    {
        public long Began;
        public int Total;
        public int PieceCount;
        public int HeaderLength;
        public bool IsGivenUp;
    }

    private struct Fragment
    {
        public int DataAt;
        public int Offset;
        public int HeaderAt;
        public int NextField;
        public uint Id;
        public bool HasMore;
        public IpProtocol Protocol;
    }
}
