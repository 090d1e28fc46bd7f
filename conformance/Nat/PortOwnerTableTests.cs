using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>A gateway that knows the owners of ports, and sends to them itself.</summary>
public sealed class PortOwnerTableTests
{
    private static readonly DsnatAddressPlan Plan = new(IPv6Prefix.Parse("fd5a:1b2c:3d4e:1::/64"));
    private static readonly IPv6Address HostA = IPv6Address.Parse("fd01::a"), HostB = IPv6Address.Parse("fd01::b");
    private static readonly PortBlock First = new(Shared, 2048, 10, 7), Second = new(Shared, 4096, 11, 8);

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Every_port_is_the_newest_leases_whose_block_holds_it()
    {
        Gen<PortOwner> owner =
            from address in Gen.Elements(Shared, OtherShared)
            from log2 in Gen.Choose(PortBlock.MinLog2Size, PortBlock.MaxLog2Size)
            from index in Gen.Choose(1, (65_536 >> log2) - 1)
            from lease in Gen.Choose(1, 1_000_000)
            from host in Gen.Choose(1, 5)
            select new PortOwner(new PortBlock(address, (ushort)(index << log2), (byte)log2, (uint)lease), new IPv6Address(0xFD01UL << 48, (ulong)host));
        Prop.ForAll(owner.ListOf().ToArbitrary(), Gen.Choose(0, 65_535).ListOf(200).ToArbitrary(), (owners, ports) =>
        {
            // Of two leases with one number nobody says which is newer.
            PortOwner[] distinct = [.. owners.DistinctBy(known => known.Block.LeaseEpoch)];
            var table = new PortOwnerTable(distinct);
            return ports.Concat(distinct.SelectMany(known => new int[] { known.Block.First - 1, known.Block.First, known.Block.Last, Math.Min(65_535, known.Block.Last + 1) })).All(port =>
                new[] { Shared, OtherShared }.All(address =>
                {
                    PortOwner[] holders = [.. distinct.Where(known => known.Block.Contains(address, (ushort)port)).OrderBy(known => known.Block.LeaseEpoch)];
                    bool isFound = table.TryFind(address, (ushort)port, out IPv6Address host);
                    return isFound == holders.Length > 0 && (!isFound || host == holders[^1].Host);
                }));
        }).Check(Chance.Of(200));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void What_is_no_block_is_refused_and_an_empty_table_finds_nobody()
    {
        Assert.Throws<ArgumentException>(() => new PortOwnerTable([new PortOwner(new PortBlock(Shared, 100, 10), HostA)]));
        Assert.Throws<ArgumentException>(() => new PortOwnerTable(Enumerable.Range(0, PortOwnerTable.MaxAddresses + 1).Select(number => new PortOwner(new PortBlock(new IPv4Address((uint)number), 32_768, 15), HostA))));
        Assert.False(PortOwnerTable.Empty.TryFind(Shared, 2048, out _));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData("udp")]
    [InlineData("tcp")]
    [InlineData("echo")]
    [InlineData("fragments")]
    [InlineData("error")]
    public void Rfc2473_Section6_replies_errors_and_fragments_go_to_the_owners_own_address(string kind)
    {
        using DsnatGateway gateway = Gateway();
        byte[][] packets = kind switch
        {
            "udp" => [Udp(Remote, 53, Shared, 2048)],
            "tcp" => [Tcp(Remote, 80, Shared, 3071, TcpFlags.Ack)],
            "echo" => [Echo(Remote, Shared, 2500, reply: true)],
            "fragments" => [.. Fragments(Udp(Remote, 53, Shared, 2500, payload: 90), 24, 5).Reverse()],
            _ => [Error(OtherRemote, Shared, Udp(Shared, 2500, Remote, 53))],
        };
        var wire = new Wire();
        Array.ForEach(packets, packet => gateway.Forward(packet, Start, ref wire));
        Assert.Equal(packets.Length, wire.Packets.Count);
        Assert.All(wire.Packets, outer =>
        {
            Assert.True(IPv6View.TryParse(outer, out IPv6View view));
            Assert.Equal((HostA, IPv6Address.Parse("fd5a:1b2c:3d4e:9::1"), IpProtocol.IPv4), (view.Destination, view.Source, view.NextHeader));
            // And the host takes it for what it is: brought by a gateway, for a port of its own.
            Assert.Equal((NatDecapVerdict.Decapsulated, false), (Host("fd01::a").Decapsulate(outer).Verdict, Host("fd01::a").Decapsulate(outer).FromHost));
        });
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_port_that_nobody_owns_gets_no_further_until_somebody_does()
    {
        using DsnatGateway gateway = Gateway();
        var wire = new Wire();
        byte[] packet = Udp(Remote, 53, Shared, 9000);
        Assert.Equal(NatEncapVerdict.NoOwner, gateway.Forward(packet, Start, ref wire));
        Assert.Equal((0, 1L), (wire.Packets.Count, gateway.Unowned));
        gateway.Owners = new PortOwnerTable([new PortOwner(new PortBlock(Shared, 8192, 13, 9), HostB)]);
        Assert.Equal(NatEncapVerdict.Sent, gateway.Forward(packet, Start, ref wire));
        Assert.Equal(NatEncapVerdict.NoOwner, gateway.Forward(Udp(Remote, 53, Shared, 2048), Start, ref wire));
        gateway.Owners = null;
        Assert.Equal(NatEncapVerdict.Sent, gateway.Forward(Udp(Remote, 53, Shared, 2048), Start, ref wire));
        Assert.True(IPv6View.TryParse(wire.Packets[^1], out IPv6View byRoutes));
        Assert.Equal(Plan.ToIPv6(Shared, 2048), byRoutes.Destination);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void What_a_host_sends_on_reaches_the_owner_as_sent_on_and_is_not_sent_on_twice()
    {
        using DsnatGateway gateway = Gateway();
        var wire = new Wire();
        _ = Host("fd01::a").Encapsulate(Udp(Remote, 53, Shared, 4100), Plan.ToIPv6(Shared, 4100), forwarding: false, ref wire);
        byte[] packet = wire.Packets[0];
        Assert.Equal(NatEncapVerdict.Sent, gateway.Readdress(packet));
        Assert.True(IPv6View.TryParse(packet, out IPv6View view));
        Assert.Equal((HostA, HostB), (view.Source, view.Destination));
        NatDecapsulation opened = Host("fd01::b").Decapsulate(packet);
        Assert.Equal((NatDecapVerdict.Decapsulated, true), (opened.Verdict, opened.FromHost));
        Assert.Equal(Udp(Remote, 53, Shared, 4100), packet[opened.Offset..(opened.Offset + opened.Length)]);

        // It has the owner's address now, which is none of the plan.
        Assert.Equal(NatEncapVerdict.Malformed, gateway.Readdress(packet));
        _ = Host("fd01::a").Encapsulate(Udp(Remote, 53, Shared, 9000), Plan.ToIPv6(Shared, 9000), forwarding: false, ref wire);
        Assert.Equal(NatEncapVerdict.NoOwner, gateway.Readdress(wire.Packets[^1]));
        Assert.Equal(NatEncapVerdict.Malformed, gateway.Readdress(new byte[12]));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Finding_an_owner_and_sending_to_it_allocates_nothing()
    {
        using DsnatGateway gateway = Gateway();
        byte[] packet = Udp(Remote, 53, Shared, 2500);
        var sink = new Void();
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                _ = gateway.Forward(packet, Start, ref sink);
            }
        }));
    }

    private static DsnatGateway Gateway() => new(Ends("fd5a:1b2c:3d4e:9::1"), new FragmentTrackerOptions { Seed = Options.Seed })
    {
        Owners = new PortOwnerTable([new PortOwner(First, HostA), new PortOwner(Second, HostB)]),
    };

    private static NatTunnel Host(string source) => new(Ends(source));

    private static NatTunnelOptions Ends(string source) => new() { Plan = Plan, Source = IPv6Address.Parse(source), Hosts = IPv6Prefix.Parse("fd01::/64") };

    private readonly struct Wire : INatTunnelSink
    {
        public Wire()
        {
        }

        public List<byte[]> Packets { get; } = [];

        public void Send(ReadOnlySpan<byte> packet) => Packets.Add(packet.ToArray());
    }

    private readonly struct Void : INatTunnelSink
    {
        public void Send(ReadOnlySpan<byte> packet)
        {
        }
    }
}
