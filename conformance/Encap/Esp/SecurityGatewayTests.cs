using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.EncapTests;

/// <summary>Our ESP and that of DPDK's ipsec-secgw: live where the program is, and in any case by what it once sealed.</summary>
public sealed class SecurityGatewayTests
{
    private const int Room = 128;

    [Theory, Trait(Kind.Key, Kind.Live)]
    [InlineData(false, "dpdk-secgw-esp.pcap")]
    [InlineData(true, "dpdk-secgw-esp-esn.pcap")]
    public void Ipsec_secgw_opens_what_we_seal_and_seals_what_we_open(bool extended, string capture)
    {
        IReadOnlyList<GatewayAssociation> associations = extended ? GatewayAssociation.Extended : GatewayAssociation.Short;
        var plain = new List<byte[]>();
        var ours = new List<byte[]>();
        foreach (GatewayAssociation pair in associations)
        {
            // What it is told to start from counts as seen.
            using var sa = new EspOutboundSa(pair.Options(pair.OpeningSpi) with { FirstSequence = pair.FirstSequence + 1 });
            for (int index = 0; index < GatewayAssociation.PayloadBytes.Length; index++)
            {
                plain.Add(pair.Frame(index, toGateway: false));
                ours.Add(Seal(sa, pair.Ends(fromGateway: false), pair.Frame(index, toGateway: true)));
            }
        }

        using var gateway = new SecurityGateway();
        (List<byte[]> opened, List<byte[]> sealedByGateway) = gateway.Pass(associations, plain, ours, capture);
        RequireSealed(associations, sealedByGateway);
        string[] expected = [.. associations.SelectMany(pair => Enumerable.Range(0, GatewayAssociation.PayloadBytes.Length).Select(index => Packet(pair.Frame(index, toGateway: true))))];
        Assert.Equal(expected.Order(), opened.Select(frame => Packet(frame)).Order());
    }

    [Theory, Trait(Kind.Key, Kind.Corpus)]
    [InlineData(false, "dpdk-secgw-esp.pcap")]
    [InlineData(true, "dpdk-secgw-esp-esn.pcap")]
    public void Packets_that_ipsec_secgw_sealed_open_and_are_made_again_byte_for_byte(bool extended, string capture)
    {
        using PcapReader reader = PcapReader.Open(Repository.File("pcaps/" + capture));
        var frames = new List<byte[]>();
        while (reader.TryRead(out PcapPacket packet))
        {
            frames.Add(packet.Data.ToArray());
        }

        RequireSealed(extended ? GatewayAssociation.Extended : GatewayAssociation.Short, frames);
    }

    /// <summary>Opens all packets of the gateway, compares what was inside, and seals it again with every library.</summary>
    private static void RequireSealed(IReadOnlyList<GatewayAssociation> associations, List<byte[]> frames)
    {
        foreach (GatewayAssociation pair in associations)
        {
            foreach (AeadProvider provider in AeadProvider.All.Where(provider => provider.Supports(pair.Algorithm)))
            {
                EspSaOptions options = pair.Options(pair.SealingSpi) with { Provider = provider };
                using var inbound = new EspInboundSa(options);
                var database = new SecurityAssociationDatabase(1, new HashSeed(1, 2));
                Assert.True(database.TryAdd(inbound));
                var opener = new EspOpener(database);
                int index = 0;
                foreach (byte[] frame in frames)
                {
                    byte[] open = [.. frame];
                    Assert.True(PacketLayout.TryParse(open, out PacketLayout layout));
                    EspStatus status = opener.Open(open, layout, out OpenedFrame opened);
                    if (opened.Spi != pair.SealingSpi)
                    {
                        Assert.Equal(EspStatus.UnknownSpi, status);
                        continue;
                    }

                    Assert.True(status == EspStatus.Ok, $"{pair}, packet {index}: {status}");
                    Span<byte> inside = open.AsSpan(opened.Offset, opened.Length);
                    Assert.Equal(Packet(pair.Frame(index++, toGateway: false)), Packet(inside));
                    SealAgain(options, opened.Sequence, frame, layout, inside);
                }

                Assert.Equal(GatewayAssociation.PayloadBytes.Length, index);
                Assert.Equal(pair.FirstSequence > uint.MaxValue - 100UL, inbound.HighestSequence > uint.MaxValue);
            }
        }
    }

    private static void SealAgain(EspSaOptions options, ulong sequence, byte[] frame, in PacketLayout outer, ReadOnlySpan<byte> inside)
    {
        Assert.True(PacketLayout.TryParse(inside, out PacketLayout inner));
        bool isTunnel = options.Mode == EspMode.Tunnel;
        int start = isTunnel ? inner.L3Offset : inner.L4Offset;
        byte next = (byte)(isTunnel ? inner.IsIPv4 ? IpProtocol.IPv4 : IpProtocol.IPv6 : IpProtocol.Udp);
        using var outbound = new EspOutboundSa(options with { FirstSequence = sequence });
        ReadOnlySpan<byte> payload = inside[start..inner.EndOffset];
        byte[] again = new byte[outbound.SealedLength(payload.Length)];
        payload.CopyTo(again.AsSpan(outbound.HeaderLength));
        Assert.Equal(EspStatus.Ok, outbound.Seal(again, payload.Length, next, out int written));
        Assert.Equal(Convert.ToHexString(frame[outer.L4Offset..outer.EndOffset]), Convert.ToHexString(again.AsSpan(0, written)));
    }

    private static byte[] Seal(EspOutboundSa sa, in EspTunnelEnds ends, byte[] plain)
    {
        byte[] room = [.. new byte[Room], .. plain, .. new byte[EspSealer.MaxTailroom]];
        (int offset, int length) = (Room, plain.Length);
        Assert.True(PacketLayout.TryParse(plain, out PacketLayout layout));
        EspStatus status = sa.Mode == EspMode.Transport
            ? EspSealer.SealTransport(sa, room, ref offset, ref length, layout)
            : EspSealer.SealTunnel(sa, ends, room, ref offset, ref length, layout);
        Assert.Equal(EspStatus.Ok, status);
        return room.AsSpan(offset, length).ToArray();
    }

    /// <summary>The IP packet of a frame, without what a router changes: TTL and header checksum.</summary>
    private static string Packet(ReadOnlySpan<byte> frame)
    {
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        byte[] packet = frame[layout.L3Offset..layout.EndOffset].ToArray();
        packet.AsSpan(layout.IsIPv4 ? 8 : 7, 1).Clear();
        if (layout.IsIPv4)
        {
            packet.AsSpan(10, 2).Clear();
        }

        return Convert.ToHexString(packet);
    }
}
