using Weft.Packets;

namespace Weft.Encap;

/// <summary>The outer IP header of an ESP tunnel (RFC 4301 section 5.1.2).</summary>
/// <param name="Source">Own address.</param>
/// <param name="Destination">The peer's address, of the same family.</param>
/// <param name="TimeToLive">TTL or hop limit of outer headers, 1 to 255.</param>
/// <param name="DontFragment">Sets DF in outer IPv4 headers.</param>
/// <remarks>The code point is copied from the inner header; the congestion field follows RFC 6040 section 4.1.</remarks>
public readonly record struct EspTunnelEnds(VtepAddress Source, VtepAddress Destination, byte TimeToLive = 64, bool DontFragment = true)
{
    /// <summary>Writes the header with lengths, protocol and checksum to be put right later.</summary>
    internal void Write(Span<byte> ip, int trafficClass)
    {
        if (Source.IsIPv4)
        {
            var header = new IPv4Header
            {
                DontFragment = DontFragment,
                TimeToLive = TimeToLive,
                Protocol = IpProtocol.Esp,
                Source = Source.V4,
                Destination = Destination.V4,
            };
            _ = header.Write(ip);
            ip[OuterFormat.IPv4TypeOfServiceOffset] = (byte)trafficClass;
            return;
        }

        var header6 = new IPv6Header { NextHeader = IpProtocol.Esp, HopLimit = TimeToLive, Source = Source.V6, Destination = Destination.V6 };
        _ = header6.Write(ip);
        ip[0] |= (byte)(trafficClass >> 4);
        ip[1] |= (byte)(trafficClass << 4);
    }
}
