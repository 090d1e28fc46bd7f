using System.Text;
using Weft.Packets;

namespace Weft.Samples.Ids;

/// <summary>A datagram to a name server.</summary>
internal static class Frames
{
    public static byte[] Udp(string payload)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(payload);
        var udp = new UdpHeader(4000, 53, bytes.Length);
        var ip = new IPv4Header
        {
            Protocol = IpProtocol.Udp,
            TimeToLive = 64,
            PayloadLength = UdpHeader.Length + bytes.Length,
            Source = IPv4Address.Parse("192.0.2.1"),
            Destination = IPv4Address.Parse("198.51.100.1"),
        };
        byte[] frame = new byte[42 + bytes.Length];
        int at = new EthernetHeader { EtherType = EtherType.IPv4 }.Write(frame);
        at += ip.Write(frame.AsSpan(at));
        at += udp.Write(frame.AsSpan(at));
        bytes.CopyTo(frame.AsSpan(at));
        return frame;
    }
}
