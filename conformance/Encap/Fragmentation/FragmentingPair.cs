using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

/// <summary>Two endpoints that cut and put together, with packets in between as on a wire.</summary>
internal sealed class FragmentingPair : IDisposable
{
    private const uint Vni = 77;
    private static readonly Timestamp Now = Timestamp.FromMilliseconds(1000);

    private readonly FragmentCase _case;
    private readonly VtepOptions _sender;
    private readonly TunnelEncapsulator _encapsulator;

    public FragmentingPair(FragmentCase c, OuterEcn ecn = OuterEcn.Compatibility, int lane = 0, int lanes = 1)
    {
        _case = c;
        var fragmentation = new TunnelFragmentation { Split = c.Split, Lane = lane, Lanes = lanes, VxlanReservedBits = c.Protocol == TunnelProtocol.Vxlan };
        _sender = TunnelVectors.OvsSender(c.Protocol, c.IPv6) with { MtuBytes = c.Mtu, Checksum = c.Checksum, Fragmentation = fragmentation, Ecn = ecn };
        ReceiverOptions = TunnelVectors.OvsReceiver(c.Protocol, c.IPv6) with { MtuBytes = c.Mtu, Fragmentation = fragmentation };
        _encapsulator = new TunnelEncapsulator(_sender);
        Fragmenter = new TunnelFragmenter(_encapsulator);
        Peer = NewPeer();
        Decapsulator = new TunnelDecapsulator(ReceiverOptions);
        Reassembler = new TunnelReassembler(new ReassemblyOptions { Seed = new HashSeed(1, 2), MinFragmentBytes = 8, LengthFromLast = c.Protocol == TunnelProtocol.Vxlan });
    }

    public VtepOptions ReceiverOptions { get; }

    public TunnelFragmenter Fragmenter { get; }

    public TunnelPeer Peer { get; private set; }

    public TunnelDecapsulator Decapsulator { get; }

    public TunnelReassembler Reassembler { get; }

    /// <summary>An IPv4 frame of any length with random contents.</summary>
    public byte[] Inner(int length, byte trafficClass = 0)
    {
        byte[] frame = new byte[length];
        new Random(_case.Seed).NextBytes(frame);
        _ = new EthernetHeader { Destination = MacAddress.Parse("02:00:00:00:00:02"), Source = MacAddress.Parse("02:00:00:00:00:01"), EtherType = EtherType.IPv4 }.Write(frame);
        var ip = new IPv4Header
        {
            Protocol = IpProtocol.Udp,
            TimeToLive = 64,
            Ecn = trafficClass,
            PayloadLength = length - 34,
            Source = IPv4Address.Parse("10.0.0.1"),
            Destination = IPv4Address.Parse("10.0.0.2"),
        };
        _ = ip.Write(frame.AsSpan(14));
        return frame;
    }

    /// <summary>The packets that a frame becomes.</summary>
    /// <param name="inner">The frame.</param>
    /// <param name="sameNumber">Start numbering anew, so that the number is that of the first frame.</param>
    public List<byte[]> Cut(byte[] inner, bool sameNumber = false)
    {
        if (sameNumber)
        {
            Peer = NewPeer();
        }

        _ = PacketLayout.TryParse(inner, out PacketLayout layout);
        var packets = new List<byte[]>();
        var sink = new PacketList(packets);
        Assert.Equal(EncapVerdict.Encapsulated, Fragmenter.Write(inner, layout, Peer, Vni, ref sink));
        return packets;
    }

    public DecapVerdict Open(Span<byte> packet, out DecapsulatedFrame piece)
    {
        _ = PacketLayout.TryParse(packet, out PacketLayout layout);
        return Decapsulator.Decapsulate(packet, layout, out piece);
    }

    public ReassemblyVerdict Add(ReadOnlySpan<byte> packet, in DecapsulatedFrame piece, out DatagramHandle handle) => Reassembler.Add(
        new FragmentSource(piece.Source, piece.Vni, 0), piece.Fragment, packet.Slice(piece.InnerOffset, piece.InnerLength), piece.OuterEcn, Now, out handle);

    /// <summary>Bytes of the piece in a packet.</summary>
    public int LengthOf(byte[] packet)
    {
        Assert.Equal(DecapVerdict.Fragment, Open([.. packet], out DecapsulatedFrame piece));
        return piece.InnerLength;
    }

    /// <summary>Takes packets in; the frame if one arrives whole.</summary>
    public byte[]? Deliver(List<byte[]> packets)
    {
        byte[]? whole = null;
        foreach (byte[] sent in packets)
        {
            byte[] packet = [.. sent];
            switch (Open(packet, out DecapsulatedFrame piece))
            {
                case DecapVerdict.Decapsulated:
                    whole = packet[piece.InnerOffset..(piece.InnerOffset + piece.InnerLength)];
                    break;
                case DecapVerdict.Fragment:
                    if (Add(packet, piece, out DatagramHandle handle) == ReassemblyVerdict.Completed)
                    {
                        Assert.Null(whole);
                        if (Decapsulator.OpenReassembled(Reassembler.Bytes(handle), Reassembler.Ecn(handle), 0, out _) == DecapVerdict.Decapsulated)
                        {
                            whole = Reassembler.Bytes(handle).ToArray();
                        }

                        Assert.True(Reassembler.Release(handle));
                    }

                    break;
                case var refused:
                    Assert.Fail($"{refused}");
                    break;
            }
        }

        return whole;
    }

    /// <summary>Writes the congestion field of an outer IPv4 header, as a router would.</summary>
    public static void Mark(byte[] packet, int ecn)
    {
        packet[15] = (byte)((packet[15] & ~3) | ecn);
        packet[24] = packet[25] = 0;
        ushort checksum = InternetChecksum.Compute(packet.AsSpan(14, 20));
        (packet[24], packet[25]) = ((byte)(checksum >> 8), (byte)checksum);
    }

    public void Dispose() => Reassembler.Dispose();

    private TunnelPeer NewPeer()
    {
        TunnelPeer peer = _encapsulator.CreatePeer(ReceiverOptions.Address);
        peer.SetNextHop(ReceiverOptions.Mac);
        return peer;
    }
}
