using Weft.Packets;

namespace Weft.Bench.Packets;

/// <summary>A shuffled mix of frames as a switch sees them: half TCP over IPv4, the rest UDP, IPv6 and VLANs.</summary>
internal sealed class Frames
{
    /// <summary>Bytes from one frame to the next.</summary>
    public const int Stride = 128;

    private const int FrameLength = 100;

    /// <summary>Makes <paramref name="count"/> frames; the same ones every time.</summary>
    public Frames(int count)
    {
        Bytes = new byte[count * Stride];
        Lengths = new ushort[count];
        Random random = new(42);
        for (int i = 0; i < count; i++)
        {
            Lengths[i] = (ushort)Write(Bytes.AsSpan(i * Stride, FrameLength), (uint)i, random.Next(8));
        }
    }

    /// <summary>All frames, <see cref="Stride"/> bytes apart.</summary>
    public byte[] Bytes { get; }

    /// <summary>Length of each frame.</summary>
    public ushort[] Lengths { get; }

    /// <summary>One frame.</summary>
    public ReadOnlySpan<byte> this[int index] => Bytes.AsSpan(index * Stride, Lengths[index]);

    private static int Write(Span<byte> frame, uint number, int kind)
    {
        bool v6 = kind is 6 or 7;
        bool tcp = kind is not (4 or 5 or 7);
        int at = new EthernetHeader
        {
            Destination = new MacAddress(0x0200_0000_0002),
            Source = new MacAddress(0x0200_0000_0001),
            Tag = kind == 3 ? new VlanTci(100, 0) : null,
            EtherType = v6 ? EtherType.IPv6 : EtherType.IPv4,
        }.Write(frame);
        IpProtocol protocol = tcp ? IpProtocol.Tcp : IpProtocol.Udp;
        at += v6
            ? new IPv6Header { NextHeader = protocol, PayloadLength = frame.Length - at - IPv6Header.Length, Source = new(1, number), Destination = new(2, 3) }
                .Write(frame[at..])
            : new IPv4Header { Protocol = protocol, PayloadLength = frame.Length - at - IPv4Header.MinLength, Source = new(number), Destination = new(7) }
                .Write(frame[at..]);
        _ = tcp
            ? new TcpHeader { SourcePort = (ushort)number, DestinationPort = 443, Flags = TcpFlags.Ack }.Write(frame[at..], kind == 2 ? [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2] : [])
            : new UdpHeader((ushort)number, 53, frame.Length - at - UdpHeader.Length).Write(frame[at..]);
        return frame.Length;
    }
}
