using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>What may come to a gateway in the name of a node, and the one reason why each goes no further.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class GatewayHostileTests
{
    private const uint Acme = 1001;
    private static readonly Epoch Owned = new(0x500);

    private static readonly (string Sentence, SaseDrop Reason, Func<PopOptions, byte[]> Make)[] Cases =
    [
        ("a source that is nobody's", SaseDrop.UnknownVtep, pop => Changed(FromNode(pop, 0, Owned), packet => packet[15] = 99)),
        ("another gateway's address as source", SaseDrop.UnknownVtep, pop => Changed(FromNode(pop, 0, Owned), packet => pop.Gateways[1].Write(packet.AsSpan(12)))),
        ("its own address as source", SaseDrop.OwnSource, pop => Changed(FromNode(pop, 0, Owned), packet => pop.Gateways[0].Write(packet.AsSpan(12)))),
        ("a virtual network that it has no tenant of", SaseDrop.UnknownVni, pop => FromNode(pop, 0, Owned, vni: 4711)),
        ("a node that is not the owner, in the owner's epoch", SaseDrop.StaleOwner, pop => FromNode(pop, 1, Owned)),
        ("a node that is not the owner, in a later epoch of the owner", SaseDrop.StaleOwner, pop => FromNode(pop, 1, Owned.Next(0))),
        ("an earlier epoch", SaseDrop.StaleOwner, pop => FromNode(pop, 0, new Epoch(0x400))),
        ("no epoch", SaseDrop.StaleOwner, pop => FromNode(pop, 0, Epoch.None)),
        ("a frame for another machine", SaseDrop.NotRouterMac, pop => Changed(FromNode(pop, 0, Owned), packet => packet[FrameAt + 5]++)),
        ("a frame for another machine in a later epoch", SaseDrop.NotRouterMac, pop => Changed(FromNode(pop, 1, Owned.Next(1)), packet => packet[FrameAt + 5]++)),
        ("a damaged packet in a later epoch", SaseDrop.InnerMalformed, pop => Changed(FromNode(pop, 1, Owned.Next(1)), packet => packet[FrameAt + 14 + 10] ^= 1)),
        ("a packet that is cut off in a later epoch", SaseDrop.InnerMalformed, pop => FromNode(pop, 1, Owned.Next(1), inner: Inner(Remote)[..16])),
        ("a loopback inner source", SaseDrop.InnerAddress, pop => FromNode(pop, 0, Owned, inner: Inner(IPv4Address.Parse("127.0.0.1")))),
        ("a loopback inner source in a later epoch", SaseDrop.InnerAddress, pop => FromNode(pop, 1, Owned.Next(1), inner: Inner(IPv4Address.Parse("127.0.0.1")))),
        ("a congestion mark on the way of a packet that knows of none", SaseDrop.Congestion, pop => FromNode(pop, 0, Owned, tos: 3)),
        ("a congestion mark in a later epoch", SaseDrop.Congestion, pop => FromNode(pop, 1, Owned.Next(1), tos: 3)),
    ];

    /// <summary>Outer headers, Geneve and its two options come first.</summary>
    private const int FrameAt = 28 + GeneveHeader.MinLength + 20;

    public static TheoryData<string> Sentences => [.. Cases.Select(item => item.Sentence)];

    [Theory]
    [MemberData(nameof(Sentences))]
    public void It_is_dropped_for_its_own_reason_and_moves_no_bundle(string sentence)
    {
        (_, SaseDrop reason, Func<PopOptions, byte[]> make) = Cases.Single(item => item.Sentence == sentence);
        using CloudGateway gateway = Ready(out PopOptions pop);
        byte[] packet = make(pop);
        Assert.Equal((SaseAction.Drop, reason), Take(gateway, packet));
        Assert.All(Enum.GetValues<SaseDrop>(), known => Assert.Equal(known == reason ? 1 : 0, gateway.Counters.Drops[known]));
        Assert.Equal((0L, Owned, 0), (gateway.Counters.ToTenant, gateway.EpochOf(0), gateway.TargetOf(0)));
        Assert.Equal((SaseAction.ToTenant, SaseDrop.None), Take(gateway, FromNode(pop, 0, Owned)));
    }

    [Fact]
    public void A_good_packet_of_a_later_owner_moves_the_bundle_and_ends_the_earlier_one()
    {
        using CloudGateway gateway = Ready(out PopOptions pop);
        Assert.Equal((SaseAction.ToTenant, SaseDrop.None), Take(gateway, FromNode(pop, 1, Owned.Next(1))));
        Assert.Equal((Owned.Next(1), 1), (gateway.EpochOf(0), gateway.TargetOf(0)));
        Assert.Equal((SaseAction.Drop, SaseDrop.StaleOwner), Take(gateway, FromNode(pop, 0, Owned)));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Alloc)]
    [MemberData(nameof(Sentences))]
    public void To_drop_it_allocates_nothing(string sentence)
    {
        using CloudGateway gateway = Ready(out PopOptions pop);
        byte[] packet = Cases.Single(item => item.Sentence == sentence).Make(pop);
        byte[] buffer = new byte[packet.Length];
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                packet.CopyTo(buffer, 0);
                _ = gateway.FromNode(buffer, 0, buffer.Length);
            }
        }));
    }

    private static CloudGateway Ready(out PopOptions pop)
    {
        pop = Pop.Base(2, 2);
        var gateway = new CloudGateway(new CloudGatewayOptions { Pop = pop, Gateway = 0, Segments = [new GatewaySegment(Acme, 0)], Start = Pop.Start });
        gateway.NodeUp(0);
        gateway.NodeUp(1);
        gateway.SetOwner(0, Owned);
        gateway.Advance(Pop.Start);
        return gateway;
    }

    private static (SaseAction Action, SaseDrop Drop) Take(CloudGateway gateway, byte[] packet)
    {
        byte[] buffer = [.. packet];
        SaseVerdict verdict = gateway.FromNode(buffer, 0, buffer.Length);
        return (verdict.Action, verdict.Drop);
    }

    private static byte[] Inner(IPv4Address source) => Udp(source, 53, Site, 1234);

    private static byte[] FromNode(PopOptions pop, int node, Epoch epoch, uint vni = Acme, byte[]? inner = null, byte tos = 0)
    {
        byte[] header = new byte[GeneveHeader.MinLength + 20];
        _ = new GeneveHeader(vni).Write(header, TunnelPackets.Options(pop, epoch, 0));
        return TunnelPackets.Outer(pop.Nodes[node], pop.Gateways[0], GeneveHeader.Port, [.. header, .. TunnelPackets.ToGateway(pop, inner ?? Inner(Remote))], tos);
    }

    private static byte[] Changed(byte[] packet, Action<byte[]> change)
    {
        change(packet);
        return TunnelPackets.Mended(packet);
    }
}
