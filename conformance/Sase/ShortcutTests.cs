using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using Weft.Sase.Segments;
using Weft.Sase.Tunnels;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.SaseTests;

/// <summary>What is done in a shorter way for most packets is what the general way does for all.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class ShortcutTests
{
    [Fact]
    public void Rfc1624_A_whole_packet_is_translated_as_the_general_editor_translates_it() =>
        Prop.ForAll(
            Arb.From(from seed in Gen.Choose(0, int.MaxValue) from source in Gen.Elements(true, false) from tcp in Gen.Elements(true, false) from sums in Gen.Elements(true, false) select (seed, source, tcp, sums)),
            drawn =>
            {
                var random = new Random(drawn.seed);
                IPv4Address Any() => new((uint)random.Next(1 << 24, 0x7F00_0000));
                ushort Port() => (ushort)random.Next(65_536);
                byte[] packet = drawn.tcp ? Tcp(Any(), Port(), Any(), Port(), TcpFlags.Ack) : Udp(Any(), Port(), Any(), Port(), payload: random.Next(40), checksum: drawn.sums);
                (IPv4Address address, ushort port) = (Any(), Port());
                byte[] general = [.. packet];
                Assert.True(PacketLayout.TryParseNetwork(packet, EtherType.IPv4, out PacketLayout layout));
                Assert.True(EndpointEdit.TrySet(general, layout, drawn.source, IPv6Address.MapIPv4(address), port));
                Assert.True(PacketEdits.TrySet(packet, layout, drawn.source, address, port, from: 0));
                return packet.AsSpan().SequenceEqual(general) && AddsUp(packet);
            }).Check(Chance.Of(5000));

    [Fact]
    public void Rfc1071_A_header_adds_up_for_the_short_sum_if_it_does_for_the_long_one()
    {
        var random = new Random(3);
        byte[] header = new byte[60];
        int right = 0;
        for (int i = 0; i < 200_000; i++)
        {
            random.NextBytes(header);
            header[0] = i % 8 == 0 ? (byte)0x46 : (byte)0x45;
            if (i % 3 == 0)
            {
                header.AsSpan(1).Fill(i % 2 == 0 ? (byte)0 : byte.MaxValue);
            }

            int length = (header[0] & 0xF) * 4;
            if (i % 4 != 0)
            {
                header[10] = header[11] = 0;
                ushort sum = InternetChecksum.Compute(header.AsSpan(0, length));
                (header[10], header[11]) = ((byte)(sum >> 8), (byte)sum);
            }

            bool wanted = InternetChecksum.IsValid(header.AsSpan(0, length));
            Assert.Equal(wanted, PacketChecks.AddsUp(header));
            right += wanted ? 1 : 0;
        }

        Assert.InRange(right, 100_000, 199_999);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(14)]
    public void A_datagram_that_is_recognized_at_a_glance_is_what_the_full_look_finds(int at)
    {
        int recognized = 0;
        var random = new Random(11);
        for (int i = 0; i < 50_000; i++)
        {
            byte[] frame = [.. new byte[at], .. Spoiled(random)];
            if (at > 0)
            {
                (frame[12], frame[13]) = (8, 0);
            }

            if (!PlainPackets.TryRead(frame, at, 77, out PacketLayout layout, out FlowKey4 key))
            {
                continue;
            }

            recognized++;
            PacketLayout full;
            Assert.True(at > 0 ? PacketLayout.TryParse(frame, out full) : PacketLayout.TryParseNetwork(frame, EtherType.IPv4, out full));
            Assert.True(full.Equals(layout), $"{Convert.ToHexString(frame)} was laid out in another way");
            Assert.Equal(SaseDrop.None, PacketChecks.Check(frame, full));
            Assert.True(FlowKey4.TryRead(frame, full, out FlowKey4 wanted, 77));
            Assert.Equal(wanted, key);
        }

        Assert.InRange(recognized, 10_000, 49_000);
    }

    [Theory]
    [InlineData(ServiceEncapsulation.Geneve)]
    [InlineData(ServiceEncapsulation.Vxlan)]
    public void A_tunnel_header_that_is_recognized_at_a_glance_is_what_the_full_look_finds(ServiceEncapsulation encapsulation)
    {
        PopOptions pop = Pop.Base(2, 1) with { Encapsulation = encapsulation };
        var tunnel = new ServiceTunnel(pop, pop.Nodes[0], isNode: true);
        int recognized = 0;
        var random = new Random(12);
        for (int i = 0; i < 50_000; i++)
        {
            byte[] inner = Udp(Tenants.Site, 1, Remote, 2);
            byte[] packet = encapsulation == ServiceEncapsulation.Vxlan ? TunnelPackets.Vxlan(pop, 0, 1001, inner)
                : TunnelPackets.Geneve(pop, 0, 1001, inner, random.Next(10) == 0 ? [] : TunnelPackets.Options(pop, new Epoch(0x300), random.Next(4)), (byte)random.Next(256));
            for (int changes = random.Next(3); changes > 0; changes--)
            {
                packet[random.Next(70)] = (byte)random.Next(256);
            }

            packet = random.Next(2) == 0 ? TunnelPackets.Mended(packet) : packet;
            packet = random.Next(20) == 0 ? packet[..random.Next(packet.Length)] : [.. packet, .. new byte[random.Next(3)]];
            if (!tunnel.TryOpenPlain(packet, out OpenedTunnel found))
            {
                continue;
            }

            recognized++;
            Assert.Equal(SaseDrop.None, tunnel.Open(packet, out OpenedTunnel full));
            Assert.True(full.Equals(found), $"{Convert.ToHexString(packet)} was opened in another way");
        }

        Assert.InRange(recognized, 10_000, 49_000);
    }

    /// <summary>A datagram of which a few octets are anything, with a checksum that may be right all the same.</summary>
    private static byte[] Spoiled(Random random)
    {
        byte[] packet = random.Next(3) switch
        {
            0 => Tcp(Tenants.Site, (ushort)random.Next(65_536), Remote, 80, TcpFlags.Ack, random.Next(30)),
            1 => Udp(Tenants.Site, (ushort)random.Next(65_536), Remote, 53, random.Next(30)),
            _ => Echo(Tenants.Site, Remote, 7),
        };
        for (int changes = random.Next(3); changes > 0; changes--)
        {
            packet[random.Next(Math.Min(packet.Length, 34))] = (byte)random.Next(256);
        }

        packet = random.Next(3) != 0 ? TunnelPackets.Mended(packet) : packet;
        return random.Next(20) == 0 ? packet[..random.Next(packet.Length)] : [.. packet, .. new byte[random.Next(3)]];
    }

    [Fact]
    public void Numbers_are_found_as_a_dictionary_finds_them() =>
        Prop.ForAll(
            Arb.From(from seed in Gen.Choose(0, int.MaxValue) from count in Gen.Choose(0, 5000) from dense in Gen.Elements(true, false) select (seed, count, dense)),
            drawn =>
            {
                var random = new Random(drawn.seed);
                uint first = (uint)random.Next();
                var known = new Dictionary<uint, int>();
                for (int i = 0; i < drawn.count; i++)
                {
                    known[drawn.dense ? first + (uint)i : (uint)random.NextInt64(1L << 32)] = i;
                }

                var table = new NumberTable(known);
                return known.All(entry => table.Find(entry.Key) == entry.Value)
                    && Enumerable.Range(0, 1000).Select(_ => (uint)random.NextInt64(1L << 32)).All(key => table.Find(key) == known.GetValueOrDefault(key, -1));
            }).Check(Chance.Of(100));
}
