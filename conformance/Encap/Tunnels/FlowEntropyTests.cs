using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

public sealed class FlowEntropyTests
{
    private static readonly HashSeed Seed = new(1, 2);
    private static readonly byte[] Udp = TunnelVectors.Bytes(TunnelVectors.OvsInner);

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc7348_Section5_Packets_of_one_flow_have_one_port_whatever_else_differs()
    {
        var entropy = new FlowEntropy(Seed);
        ushort port = Port(entropy, Udp);

        Assert.Equal(port, Port(entropy, Udp));
        Assert.Equal(port, Port(entropy, TunnelVectors.With(Udp, (44, 1), (45, 2)))); // payload
        Assert.Equal(port, Port(entropy, TunnelVectors.With(Udp, (15, 0xB8)))); // traffic class
        Assert.Equal(port, Port(entropy, TunnelVectors.With(Udp, (19, 7)))); // identification
        byte[] tagged = [.. Udp.AsSpan(0, 12), 0x81, 0x00, 0x00, 0x05, .. Udp.AsSpan(12)];
        Assert.Equal(port, Port(entropy, tagged));
    }

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData((ushort)49152, (ushort)65535)]
    [InlineData((ushort)1, (ushort)65535)]
    [InlineData((ushort)1000, (ushort)1063)]
    [InlineData((ushort)7, (ushort)7)]
    public void Rfc8926_Section3_3_The_whole_range_is_used_and_evenly(ushort min, ushort max)
    {
        var entropy = new FlowEntropy(Seed, min, max);
        const int Flows = 60_000;
        const int Parts = 8;
        int range = max - min + 1;
        int parts = Math.Min(Parts, range);
        int[] seen = new int[parts];
        for (int flow = 0; flow < Flows; flow++)
        {
            int port = Port(entropy, TunnelVectors.With(Udp, (34, (byte)(flow >> 8)), (35, (byte)flow)));
            Assert.InRange(port, min, max);
            seen[(port - min) * parts / range]++;
        }

        Assert.All(seen, count => Assert.InRange(count, Flows / parts * 0.93, Flows / parts * 1.07));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void All_fragments_of_a_packet_have_one_port_the_first_included()
    {
        var entropy = new FlowEntropy(Seed);
        byte[] first = TunnelVectors.With(Udp, (20, 0x20));
        byte[] later = TunnelVectors.With(Udp, (20, 0x00), (21, 0x05));
        byte[] otherFlow = TunnelVectors.With(first, (34, 0x77));

        Assert.Equal(Port(entropy, first), Port(entropy, later));
        Assert.Equal(Port(entropy, first), Port(entropy, otherFlow));
        Assert.NotEqual(Port(entropy, first), Port(entropy, TunnelVectors.With(first, (29, 9))));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Frames_that_are_not_IP_count_by_their_addresses()
    {
        var entropy = new FlowEntropy(Seed);
        byte[] arp = TunnelVectors.With(Udp[..42], (12, 0x08), (13, 0x06));

        Assert.Equal(Port(entropy, arp), Port(entropy, TunnelVectors.With(arp, (30, 1))));
        Assert.NotEqual(Port(entropy, arp), Port(entropy, TunnelVectors.With(arp, (11, 1))));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Messages_of_one_ping_have_one_port_although_their_checksums_differ()
    {
        var entropy = new FlowEntropy(Seed);
        byte[] ping = TunnelVectors.With(Udp, (23, 1), (34, 8), (35, 0));

        Assert.Equal(Port(entropy, ping), Port(entropy, TunnelVectors.With(ping, (36, 0x12), (37, 0x34))));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Another_secret_gives_other_ports() =>
        Assert.NotEqual(
            Enumerable.Range(0, 8).Select(flow => Port(new FlowEntropy(Seed), TunnelVectors.With(Udp, (35, (byte)flow)))),
            Enumerable.Range(0, 8).Select(flow => Port(new FlowEntropy(new HashSeed(1, 3)), TunnelVectors.With(Udp, (35, (byte)flow)))));

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void What_was_put_in_comes_out()
    {
        Arbitrary<byte[]> frames = Arb.From(
            Gen.Choose(14, 1400).SelectMany(length => Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(length)),
            frame => frame.Length > 14 ? [frame[..14], frame[..(frame.Length / 2 < 14 ? 14 : frame.Length / 2)]] : []);
        (VtepOptions Sender, VtepOptions Receiver)[] ends =
        [
            .. from protocol in Enum.GetValues<TunnelProtocol>()
               from ipv6 in new[] { false, true }
               from checksum in new[] { OuterChecksum.Standard, OuterChecksum.Always }
               select (TunnelVectors.OvsSender(protocol, ipv6) with { Checksum = checksum }, TunnelVectors.OvsReceiver(protocol, ipv6)),
        ];
        Prop.ForAll(frames, inner => ends.All(end => ComesBack(inner, end.Sender, end.Receiver))).Check(Chance.Of(200));
    }

    private static bool ComesBack(byte[] inner, VtepOptions sender, VtepOptions receiver)
    {
        inner = TunnelVectors.With(inner, (12, 0x88), (13, 0xB5)); // an EtherType of no IP, so that no field of it is merged
        var encapsulator = new TunnelEncapsulator(sender);
        TunnelPeer peer = encapsulator.CreatePeer(receiver.Address);
        peer.SetNextHop(receiver.Mac);
        _ = PacketLayout.TryParse(inner, out PacketLayout layout);
        byte[] frame = new byte[peer.HeaderBytes + inner.Length];
        inner.CopyTo(frame, peer.HeaderBytes);
        uint vni = (uint)inner.Length * 11_003 % (TunnelEncapsulator.MaxVni + 1);
        return encapsulator.WriteHeader(frame.AsSpan(0, peer.HeaderBytes), inner, layout, peer, vni) == EncapVerdict.Encapsulated
            && TunnelVectors.Decapsulate(receiver, frame, out DecapsulatedFrame result) == DecapVerdict.Decapsulated
            && result.Vni == vni && result.Source == sender.Address
            && frame.AsSpan(result.InnerOffset, result.InnerLength).SequenceEqual(inner);
    }

    private static ushort Port(FlowEntropy entropy, byte[] inner)
    {
        _ = PacketLayout.TryParse(inner, out PacketLayout layout);
        return entropy.SourcePort(inner, layout);
    }
}
