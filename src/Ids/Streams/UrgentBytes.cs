using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Ids;

/// <summary>Places in the sequence of a stream whose bytes are not in the stream.</summary>
[InlineArray(Count)]
internal struct UrgentPlaces
{
    /// <summary>Those that are remembered of one stream; further urgent bytes stay in it.</summary>
    public const int Count = 8;

    private long _place;
}

/// <summary>Leaves urgent bytes out of streams, or takes the mark off them.</summary>
internal static class UrgentBytes
{
    private const int FlagsOffset = 13;
    private const int PointerOffset = 18;

    /// <summary>Index of the urgent byte from the segment's first byte, or -1. It may be in a later segment.</summary>
    public static int Find(in PacketFacts packet)
    {
        bool isUrgent = packet.IsTcp && (packet.TcpFlags & TcpFlags.Urg) != 0;
        return isUrgent ? BinaryPrimitives.ReadUInt16BigEndian(packet.TransportHeader[PointerOffset..]) - 1 : -1;
    }

    /// <summary>Takes the mark off a segment; its checksum has to be made anew.</summary>
    public static void Unmark(Span<byte> segment)
    {
        segment[FlagsOffset] &= (byte)~TcpFlags.Urg;
        segment.Slice(PointerOffset, 2).Clear();
    }

    /// <summary>Remembers a place. What was put into the stream before stays where it is.</summary>
    public static void Note(ref StreamState stream, long place)
    {
        Span<long> known = stream.Urgent;
        if (stream.UrgentCount < UrgentPlaces.Count && !known[..stream.UrgentCount].Contains(place))
        {
            known[stream.UrgentCount++] = place;
            known[..stream.UrgentCount].Sort();
        }
    }

    /// <summary>Offset in the stream of a place in its sequence.</summary>
    public static long OffsetOf(in StreamState stream, long place)
    {
        int before = 0;
        while (before < stream.UrgentCount && stream.Urgent[before] < place)
        {
            before++;
        }

        return place - before;
    }

    /// <summary>Inserts a segment without its urgent bytes.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="buffer">Its buffer.</param>
    /// <param name="place">Place of the segment's first byte in the sequence.</param>
    /// <param name="data">Its bytes.</param>
    /// <param name="policy">Whose bytes count where segments overlap.</param>
    public static InsertOutcome Insert(ref StreamState stream, Span<byte> buffer, long place, ReadOnlySpan<byte> data, OverlapPolicy policy)
    {
        InsertOutcome all = default;
        int at = 0;
        for (int i = 0; i <= stream.UrgentCount && at < data.Length; i++)
        {
            long next = i == stream.UrgentCount ? data.Length : Math.Min(data.Length, stream.Urgent[i] - place);
            if (next < at)
            {
                continue;
            }

            InsertOutcome one = StreamAssembler.Insert(ref stream, buffer, OffsetOf(in stream, place + at), data[at..(int)next], policy, default);
            all.Events |= one.Events;
            all.Refused += one.Refused;
            at = (int)next + 1;
        }

        return all;
    }
}
