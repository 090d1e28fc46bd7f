using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Fuzz.Mutation;

/// <summary>
/// Knows where headers of an Ethernet frame begin. It changes one of them at a time, descends into tunnels, and mostly makes lengths and checksums right
/// again, because a frame whose checksum is wrong is dropped at the door and teaches nothing about the rooms behind it.
/// </summary>
internal sealed class FrameMutator(IReadOnlyList<byte[]> words) : IMutator
{
    private const int MaxDepth = 3;

    private readonly ByteMutator _bytes = new(words);

    public int Mutate(Span<byte> buffer, int length, ReadOnlySpan<byte> other, Dice dice)
    {
        for (int changes = 1 + dice.Roll(3); changes > 0; changes--)
        {
            length = Change(buffer, length, other, dice, 0);
        }

        return length;
    }

    private int Change(Span<byte> buffer, int length, ReadOnlySpan<byte> other, Dice dice, int depth)
    {
        if (!PacketLayout.TryParse(buffer[..length], out PacketLayout layout))
        {
            return dice.OneIn(2) ? Whole(buffer, length, other, dice) : _bytes.Change(buffer, length, other, dice);
        }

        if (depth < MaxDepth && !dice.OneIn(3) && InnerOffset(buffer[..length], in layout) is > 0 and int inner)
        {
            length = inner + Change(buffer[inner..], length - inner, other, dice, depth + 1);
        }
        else
        {
            length = dice.Roll(8) switch
            {
                0 => Whole(buffer, length, other, dice),
                1 => Reverse(buffer, length, in layout),
                2 => Within(buffer, length, 0, layout.L3Offset, other, dice),
                3 or 4 => Within(buffer, length, layout.L3Offset, layout.L4Offset, other, dice),
                5 or 6 => Within(buffer, length, layout.L4Offset, layout.PayloadOffset, other, dice),
                _ => Within(buffer, length, layout.PayloadOffset, length, other, dice),
            };
        }

        if (!dice.OneIn(4))
        {
            Repair(buffer[..length]);
        }

        return length;
    }

    private int Whole(Span<byte> buffer, int length, ReadOnlySpan<byte> other, Dice dice)
    {
        if (other.Length == 0 || dice.OneIn(2))
        {
            return _bytes.Change(buffer, length, other, dice);
        }

        int count = Math.Min(other.Length, buffer.Length);
        other[..count].CopyTo(buffer);
        return count;
    }

    /// <summary>A change inside a header; if it made the header longer or shorter, what follows moves with it.</summary>
    private int Within(Span<byte> buffer, int length, int from, int to, ReadOnlySpan<byte> other, Dice dice)
    {
        if (to <= from || to > length)
        {
            return _bytes.Change(buffer, length, other, dice);
        }

        byte[] rest = buffer[to..length].ToArray();
        int room = Math.Min(buffer.Length - from - rest.Length, to - from + 64);
        int changed = _bytes.Change(buffer.Slice(from, room), to - from, other, dice);
        rest.CopyTo(buffer[(from + changed)..]);
        return from + changed + rest.Length;
    }

    /// <summary>The answer to a frame: addresses and ports change sides.</summary>
    private static int Reverse(Span<byte> buffer, int length, in PacketLayout layout)
    {
        Exchange(buffer, 0, 6, 6);
        if (layout.IsIPv4 && layout.L3Offset + 20 <= length)
        {
            Exchange(buffer, layout.L3Offset + 12, layout.L3Offset + 16, 4);
        }
        else if (layout.EtherType == EtherType.IPv6 && layout.L3Offset + 40 <= length)
        {
            Exchange(buffer, layout.L3Offset + 8, layout.L3Offset + 24, 16);
        }

        if (layout.HasL4 && layout.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp && layout.L4Offset + 4 <= length)
        {
            Exchange(buffer, layout.L4Offset, layout.L4Offset + 2, 2);
        }

        return length;
    }

    private static void Exchange(Span<byte> bytes, int first, int second, int count)
    {
        for (int i = 0; i < count; i++)
        {
            (bytes[first + i], bytes[second + i]) = (bytes[second + i], bytes[first + i]);
        }
    }

    private static int InnerOffset(ReadOnlySpan<byte> frame, in PacketLayout layout)
    {
        if (!layout.HasL4 || layout.Protocol != IpProtocol.Udp || frame.Length < layout.PayloadOffset + 8)
        {
            return 0;
        }

        ReadOnlySpan<byte> payload = frame[layout.PayloadOffset..];
        return BinaryPrimitives.ReadUInt16BigEndian(frame[(layout.L4Offset + 2)..]) switch
        {
            4789 or 4790 => Within(layout.PayloadOffset + 8, frame),
            6081 => Within(layout.PayloadOffset + 8 + (4 * (payload[0] & 0x3F)), frame),
            _ => 0,
        };

        static int Within(int offset, ReadOnlySpan<byte> frame) => offset < frame.Length ? offset : 0;
    }

    /// <summary>Makes the lengths fit the frame and the checksums fit the bytes.</summary>
    private static void Repair(Span<byte> frame)
    {
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        int at = layout.L3Offset;
        if (layout.EtherType == EtherType.IPv4 && frame.Length >= at + 20)
        {
            int header = Math.Clamp((frame[at] & 15) * 4, 20, frame.Length - at);
            BinaryPrimitives.WriteUInt16BigEndian(frame[(at + 2)..], (ushort)(frame.Length - at));
            BinaryPrimitives.WriteUInt16BigEndian(frame[(at + 10)..], 0);
            BinaryPrimitives.WriteUInt16BigEndian(frame[(at + 10)..], InternetChecksum.Compute(frame.Slice(at, header)));
            bool first = (BinaryPrimitives.ReadUInt16BigEndian(frame[(at + 6)..]) & 0x3FFF) == 0;
            Transport(frame[(at + header)..], (IpProtocol)frame[at + 9], first, Pseudo4(frame[at..], frame.Length - at - header));
        }
        else if (layout.EtherType == EtherType.IPv6 && frame.Length >= at + 40)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame[(at + 4)..], (ushort)(frame.Length - at - 40));
            _ = PacketLayout.TryParse(frame, out layout);
            bool reached = layout.HasL4 && layout.L4Offset >= at + 40 && layout.L4Offset <= frame.Length;
            Transport(reached ? frame[layout.L4Offset..] : [], layout.Protocol, reached, Pseudo6(frame[at..], layout.Protocol, frame.Length - layout.L4Offset));
        }
    }

    private static void Transport(Span<byte> segment, IpProtocol protocol, bool whole, uint pseudo)
    {
        int checksum = protocol switch { IpProtocol.Tcp => 16, IpProtocol.Udp => 6, IpProtocol.IcmpV6 or IpProtocol.Icmp or IpProtocol.Igmp => 2, _ => -1 };
        if (!whole || checksum < 0 || segment.Length < checksum + 2)
        {
            return;
        }

        if (protocol == IpProtocol.Udp)
        {
            BinaryPrimitives.WriteUInt16BigEndian(segment[4..], (ushort)segment.Length);
            if (BinaryPrimitives.ReadUInt16BigEndian(segment[6..]) == 0)
            {
                return;
            }
        }

        BinaryPrimitives.WriteUInt16BigEndian(segment[checksum..], 0);
        uint start = protocol is IpProtocol.Icmp or IpProtocol.Igmp ? 0 : pseudo;
        ushort sum = protocol == IpProtocol.Udp ? InternetChecksum.ComputeUdp(segment, start) : InternetChecksum.Compute(segment, start);
        BinaryPrimitives.WriteUInt16BigEndian(segment[checksum..], sum);
    }

    private static uint Pseudo4(ReadOnlySpan<byte> ip, int length) =>
        InternetChecksum.PseudoHeader(IPv4Address.Read(ip[12..]), IPv4Address.Read(ip[16..]), (IpProtocol)ip[9], Math.Max(0, length));

    private static uint Pseudo6(ReadOnlySpan<byte> ip, IpProtocol protocol, int length) =>
        InternetChecksum.PseudoHeader(IPv6Address.Read(ip[8..]), IPv6Address.Read(ip[24..]), protocol, Math.Max(0, length));
}
