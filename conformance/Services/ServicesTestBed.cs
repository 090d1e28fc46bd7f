using System.Buffers.Binary;
using Weft.Packets;
using Weft.Services;

namespace Weft.Conformance.ServicesTests;

/// <summary>Frames by hand for services, sets to send them through, and checks computed from scratch.</summary>
internal static class ServicesTestBed
{
    public static readonly IPv4Address Machine = IPv4Address.Parse("10.0.0.1");
    public static readonly IPv4Address Remote = IPv4Address.Parse("198.51.100.7");
    public static readonly IPv4Address Other = IPv4Address.Parse("198.51.100.8");
    public static readonly Timestamp Start = Timestamp.FromSeconds(1000);
    private static readonly MacAddress MachineMac = MacAddress.Parse("02:00:00:00:00:01");
    private static readonly MacAddress GatewayMac = MacAddress.Parse("02:00:00:00:00:fe");

    public static ServiceSetOptions Options(params string[] services) => new()
    {
        Machine = new MachineId(7),
        Services = services,
        Seed = new HashSeed(11, 13),
        Start = Start,
        IPv4Flows = 256,
        IPv6Flows = 64,
    };

    public static byte[] Frame(IPv4Address from, IPv4Address to, IpProtocol protocol, ReadOnlySpan<byte> payload, int fragmentOffset = 0, bool more = false, ushort id = 9)
    {
        byte[] frame = new byte[Math.Max(60, 34 + payload.Length)];
        (from == Machine ? GatewayMac : MachineMac).Write(frame);
        (from == Machine ? MachineMac : GatewayMac).Write(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x0800);
        Span<byte> header = frame.AsSpan(14);
        _ = new IPv4Header { Protocol = protocol, TimeToLive = 64, PayloadLength = payload.Length, Identification = id, Source = from, Destination = to }.Write(header);
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], (ushort)((more ? 0x2000 : 0) | fragmentOffset / 8));
        header[10..12].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], InternetChecksum.Compute(header[..20]));
        payload.CopyTo(frame.AsSpan(34));
        return frame;
    }

    public static byte[] Udp(IPv4Address from, ushort fromPort, IPv4Address to, ushort toPort, int payload = 20)
    {
        byte[] message = new byte[8 + payload];
        message.AsSpan(8).Fill(0x5A);
        _ = new UdpHeader(fromPort, toPort, payload).Write(message);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), InternetChecksum.ComputeUdp(message, InternetChecksum.PseudoHeader(from, to, IpProtocol.Udp, message.Length)));
        return Frame(from, to, IpProtocol.Udp, message);
    }

    public static byte[] Tcp(IPv4Address from, ushort fromPort, IPv4Address to, ushort toPort, TcpFlags flags, uint sequence, uint acknowledged = 0, int payload = 0, ushort window = 1000, byte? scale = null)
    {
        int header = scale is null ? 20 : 24;
        byte[] segment = new byte[header + payload];
        _ = new TcpHeader { SourcePort = fromPort, DestinationPort = toPort, Flags = flags, SequenceNumber = sequence, AcknowledgmentNumber = acknowledged, Window = window }.Write(segment);
        segment[12] = (byte)(header / 4 << 4);
        if (scale is byte shift)
        {
            new byte[] { 3, 3, shift, 0 }.CopyTo(segment, 20);
        }

        segment.AsSpan(header).Fill(0x41);
        segment[16] = segment[17] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(16), InternetChecksum.Compute(segment, InternetChecksum.PseudoHeader(from, to, IpProtocol.Tcp, segment.Length)));
        return Frame(from, to, IpProtocol.Tcp, segment);
    }

    /// <summary>An ICMP "port unreachable" by <paramref name="from"/> about a frame.</summary>
    public static byte[] Unreachable(IPv4Address from, IPv4Address to, ReadOnlySpan<byte> about, int quoted = 28)
    {
        byte[] message = new byte[8 + quoted];
        about.Slice(14, quoted).CopyTo(message.AsSpan(8));
        _ = new IcmpHeader(IcmpType.DestinationUnreachable, 3).Write(message);
        return Frame(from, to, IpProtocol.Icmp, message);
    }

    public static byte[] Udp6(IPv6Address from, ushort fromPort, IPv6Address to, ushort toPort)
    {
        byte[] message = new byte[20];
        _ = new UdpHeader(fromPort, toPort, 12).Write(message);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), InternetChecksum.ComputeUdp(message, InternetChecksum.PseudoHeader(from, to, IpProtocol.Udp, message.Length)));
        byte[] frame = new byte[14 + 40 + message.Length];
        MachineMac.Write(frame.AsSpan(6));
        GatewayMac.Write(frame);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x86DD);
        _ = new IPv6Header { NextHeader = IpProtocol.Udp, HopLimit = 64, PayloadLength = message.Length, Source = from, Destination = to }.Write(frame.AsSpan(14));
        message.CopyTo(frame, 54);
        return frame;
    }

    /// <summary>Sends one frame through a set and gives back what came out.</summary>
    public static (ServiceResult Result, byte[] Frame) Send(ServiceSet set, ServiceDirection direction, byte[] frame, Timestamp? now = null)
    {
        var batch = new PacketBatch(1);
        Assert.True(batch.TryAdd(frame));
        Span<ServiceResult> results = stackalloc ServiceResult[1];
        set.Process(ref batch, direction, results, now ?? Start);
        return (results[0], batch.Bytes(0).ToArray());
    }

    /// <summary>Sends frames through a set as one burst.</summary>
    public static ServiceResult[] SendBurst(ServiceSet set, ServiceDirection direction, IReadOnlyList<byte[]> frames, Timestamp? now = null)
    {
        var batch = new PacketBatch(frames.Count);
        foreach (byte[] frame in frames)
        {
            Assert.True(batch.TryAdd(frame));
        }

        var results = new ServiceResult[frames.Count];
        set.Process(ref batch, direction, results, now ?? Start);
        return results;
    }

    public static ServiceAction Out(ServiceSet set, byte[] frame, Timestamp? now = null) => Send(set, ServiceDirection.FromMachine, frame, now).Result.Action;

    public static ServiceAction In(ServiceSet set, byte[] frame, Timestamp? now = null) => Send(set, ServiceDirection.ToMachine, frame, now).Result.Action;

    /// <summary>Every checksum of a frame is right.</summary>
    public static void AssertSums(ReadOnlySpan<byte> frame)
    {
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        Assert.Equal(LayoutError.None, layout.Error);
        ReadOnlySpan<byte> packet = frame[layout.L3Offset..layout.EndOffset];
        ReadOnlySpan<byte> transport = frame[layout.L4Offset..layout.EndOffset];
        uint pseudo;
        if (layout.IsIPv4)
        {
            Assert.True(IPv4View.TryParse(packet, out IPv4View view));
            Assert.True(view.IsChecksumValid);
            pseudo = layout.Protocol == IpProtocol.Icmp ? 0 : InternetChecksum.PseudoHeader(view.Source, view.Destination, layout.Protocol, transport.Length);
        }
        else
        {
            Assert.True(IPv6View.TryParse(packet, out IPv6View view));
            pseudo = InternetChecksum.PseudoHeader(view.Source, view.Destination, layout.Protocol, transport.Length);
        }

        if (!layout.IsFragment)
        {
            Assert.True(InternetChecksum.IsValid(transport, pseudo));
        }
    }
}
