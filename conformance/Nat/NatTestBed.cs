using Weft.Nat;
using Weft.Packets;

namespace Weft.Conformance.NatTests;

/// <summary>Packets by hand, and checks that everything in them adds up, computed from scratch.</summary>
internal static class NatTestBed
{
    public static readonly IPv4Address Shared = IPv4Address.Parse("192.0.2.1");
    public static readonly IPv4Address OtherShared = IPv4Address.Parse("192.0.2.2");
    public static readonly IPv4Address Web = IPv4Address.Parse("10.0.0.1");
    public static readonly IPv4Address Database = IPv4Address.Parse("10.0.0.2");
    public static readonly IPv4Address Remote = IPv4Address.Parse("198.51.100.7");
    public static readonly IPv4Address OtherRemote = IPv4Address.Parse("198.51.100.8");
    public static readonly PortBlock Block = new(Shared, 2048, 10);
    public static readonly Timestamp Start = Timestamp.FromSeconds(1000);
    public static readonly NatOptions Options = new() { Seed = new HashSeed(5, 6), Start = Start, Entries = 4096, Machines = 64 };

    public const uint Network = 7;

    public static NatEngine Make(NatOptions? options = null, params PortBlock[] blocks)
    {
        var engine = new NatEngine(options ?? Options);
        foreach (PortBlock block in blocks.Length == 0 ? [Block] : blocks)
        {
            Assert.True(engine.TryAddBlock(block, Start));
        }

        return engine;
    }

    public static byte[] Udp(IPv4Address from, ushort fromPort, IPv4Address to, ushort toPort, int payload = 12, bool checksum = true, bool dontFragment = true, ushort id = 0)
    {
        byte[] message = new byte[8 + payload];
        Fill(message.AsSpan(8));
        _ = new UdpHeader(fromPort, toPort, payload).Write(message);
        if (checksum)
        {
            Put(message, 6, InternetChecksum.ComputeUdp(message, InternetChecksum.PseudoHeader(from, to, IpProtocol.Udp, message.Length)));
        }

        return Datagram(from, to, IpProtocol.Udp, message, dontFragment, id);
    }

    public static byte[] Tcp(IPv4Address from, ushort fromPort, IPv4Address to, ushort toPort, TcpFlags flags, int payload = 0)
    {
        byte[] message = new byte[20 + payload];
        Fill(message.AsSpan(20));
        _ = new TcpHeader { SourcePort = fromPort, DestinationPort = toPort, Flags = flags, SequenceNumber = 77, Window = 1000 }.Write(message);
        Put(message, 16, InternetChecksum.Compute(message, InternetChecksum.PseudoHeader(from, to, IpProtocol.Tcp, message.Length)));
        return Datagram(from, to, IpProtocol.Tcp, message, dontFragment: true);
    }

    public static byte[] Echo(IPv4Address from, IPv4Address to, ushort identifier, bool reply = false)
    {
        byte[] message = new byte[24];
        Fill(message.AsSpan(8));
        _ = IcmpHeader.Echo(reply, identifier, 1).Write(message);
        return Datagram(from, to, IpProtocol.Icmp, message, dontFragment: true);
    }

    /// <summary>An ICMP error about a packet: header and so many octets behind it.</summary>
    public static byte[] Error(IPv4Address from, IPv4Address to, byte[] about, int octets = 8, IcmpType type = IcmpType.DestinationUnreachable, byte code = 4, uint rest = 1400)
    {
        int embedded = Math.Min(about.Length, (about[0] & 0xF) * 4 + octets);
        byte[] message = new byte[8 + embedded];
        about.AsSpan(0, embedded).CopyTo(message.AsSpan(8));
        _ = new IcmpHeader(type, code, rest).Write(message);
        return Datagram(from, to, IpProtocol.Icmp, message, dontFragment: true);
    }

    public static byte[] Datagram(IPv4Address from, IPv4Address to, IpProtocol protocol, ReadOnlySpan<byte> payload, bool dontFragment, ushort id = 0)
    {
        byte[] packet = new byte[20 + payload.Length];
        _ = new IPv4Header { Source = from, Destination = to, Protocol = protocol, PayloadLength = payload.Length, DontFragment = dontFragment, Identification = id }.Write(packet);
        payload.CopyTo(packet.AsSpan(20));
        return packet;
    }

    /// <summary>Cuts a datagram into fragments of so many octets of payload.</summary>
    public static byte[][] Fragments(byte[] datagram, int octets, ushort id)
    {
        Assert.True(IPv4View.TryParse(datagram, out IPv4View view));
        int length = view.Payload.Length;
        var fragments = new List<byte[]>();
        for (int at = 0; at < length; at += octets)
        {
            int size = Math.Min(octets, length - at);
            byte[] fragment = new byte[20 + size];
            _ = new IPv4Header
            {
                Source = view.Source,
                Destination = view.Destination,
                Protocol = view.Protocol,
                PayloadLength = size,
                Identification = id,
                FragmentOffsetBytes = at,
                MoreFragments = at + size < length,
            }.Write(fragment);
            datagram.AsSpan(20 + at, size).CopyTo(fragment.AsSpan(20));
            fragments.Add(fragment);
        }

        return [.. fragments];
    }

    /// <summary>Source and destination of a packet that is not cut off, after all its checksums were computed anew.</summary>
    public static FlowKey4 Flow(byte[] packet)
    {
        Assert.True(AddsUp(packet), "a checksum is wrong");
        Assert.True(PacketLayout.TryParseNetwork(packet, EtherType.IPv4, out PacketLayout layout));
        Assert.True(FlowKey4.TryRead(packet, in layout, out FlowKey4 key));
        return key;
    }

    public static bool AddsUp(byte[] packet)
    {
        if (!IPv4View.TryParse(packet, out IPv4View view) || !view.IsChecksumValid)
        {
            return false;
        }

        uint pseudo = InternetChecksum.PseudoHeader(view.Source, view.Destination, view.Protocol, view.Payload.Length);
        return view.IsFragment || view.Protocol switch
        {
            IpProtocol.Icmp => InternetChecksum.IsValid(view.Payload),
            IpProtocol.Udp => (view.Payload[6] | view.Payload[7]) == 0 || InternetChecksum.IsValid(view.Payload, pseudo),
            _ => InternetChecksum.IsValid(view.Payload, pseudo),
        };
    }

    /// <summary>What an ICMP error embeds.</summary>
    public static FlowKey4 About(byte[] error)
    {
        Assert.True(AddsUp(error), "a checksum is wrong");
        Assert.True(IPv4View.TryParse(error, out IPv4View view));
        Assert.True(IcmpView.TryParse(view.Payload, out IcmpView icmp));
        Assert.True(IPv4View.TryParse(icmp.EmbeddedPacket, out IPv4View embedded));
        Assert.True(embedded.IsChecksumValid, "the embedded header does not add up");
        Assert.True(EmbeddedFlow.TryRead(icmp.EmbeddedPacket, out FlowKey4 key));
        return key;
    }

    /// <summary>Sends a UDP packet out and gives the external endpoint that the remote sees.</summary>
    public static ushort Open(NatEngine engine, IPv4Address machine, ushort port, IPv4Address remote, ushort remotePort, Timestamp now, uint network = Network)
    {
        byte[] packet = Udp(machine, port, remote, remotePort);
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(packet, network, now).Action);
        FlowKey4 seen = Flow(packet);
        Assert.Equal((remote, remotePort), (seen.Destination, seen.DestinationPort));
        return seen.SourcePort;
    }

    /// <summary>True if a UDP packet from outside reaches the machine.</summary>
    public static bool Reaches(NatEngine engine, IPv4Address remote, ushort remotePort, ushort sharedPort, Timestamp now) =>
        engine.TranslateInbound(Udp(remote, remotePort, Shared, sharedPort), redirected: false, now).Action == NatAction.Translated;

    public static NatVerdict SendTcp(NatEngine engine, ushort port, ushort remotePort, TcpFlags flags, Timestamp now, out ushort sharedPort)
    {
        byte[] packet = Tcp(Web, port, Remote, remotePort, flags);
        NatVerdict verdict = engine.TranslateOutbound(packet, Network, now);
        sharedPort = Flow(packet).SourcePort;
        return verdict;
    }

    public static NatVerdict ReceiveTcp(NatEngine engine, ushort remotePort, ushort sharedPort, TcpFlags flags, Timestamp now, IPv4Address? remote = null) =>
        engine.TranslateInbound(Tcp(remote ?? Remote, remotePort, Shared, sharedPort, flags), redirected: false, now);

    public static void Put(Span<byte> bytes, int offset, ushort value) => System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(bytes[offset..], value);

    private static void Fill(Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(i * 37 + 11);
        }
    }
}
