using Weft.Conformance.Support;
using Weft.Mesh;
using Weft.Packets;
using static Weft.Conformance.MeshTests.MeshTestBed;

namespace Weft.Conformance.MeshTests;

/// <summary>What is wrong with a mesh is said before anything runs, and all of it.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class MeshConflictTests
{
    public static TheoryData<MeshConflictKind, string> Cases => new()
    {
        { MeshConflictKind.NumberOutOfRange, "number past the pool" },
        { MeshConflictKind.NumberTaken, "number of another" },
        { MeshConflictKind.IdentityTaken, "identity of another" },
        { MeshConflictKind.IdentityMissing, "no identity" },
        { MeshConflictKind.AddressMissing, "no address" },
        { MeshConflictKind.AddressesTooMany, "five addresses" },
        { MeshConflictKind.AddressUnusable, "loopback address" },
        { MeshConflictKind.AddressUnusable, "multicast address" },
        { MeshConflictKind.AddressUnusable, "link-local address" },
        { MeshConflictKind.AddressInPool, "address in the pool" },
        { MeshConflictKind.AddressTaken, "address of another" },
        { MeshConflictKind.AddressTaken, "address twice" },
        { MeshConflictKind.PortUnusable, "port 0" },
        { MeshConflictKind.PortUnusable, "port of SCTP" },
        { MeshConflictKind.PortTwice, "port twice" },
        { MeshConflictKind.PortInRedirectRange, "port in the redirect range" },
        { MeshConflictKind.PortIsTunnel, "port of the tunnel" },
        { MeshConflictKind.TunnelUnusable, "tunnel port in the redirect range" },
        { MeshConflictKind.TunnelUnusable, "tunnel in the pool" },
        { MeshConflictKind.TunnelTaken, "tunnel of another" },
        { MeshConflictKind.TunnelTaken, "tunnel at an address of another" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_conflict_is_found_and_named(MeshConflictKind kind, string what)
    {
        MeshMachine fine = Machine(1);
        MeshMachine wrong = what switch
        {
            "number past the pool" => fine with { Id = new MachineId(Pool.MaxMachines) },
            "number of another" => fine with { Id = new MachineId(0) },
            "identity of another" => fine with { Identity = Machine(0).Identity },
            "no identity" => fine with { Identity = default },
            "no address" => fine with { Addresses = [] },
            "five addresses" => fine with { Addresses = [.. Enumerable.Range(10, 5).Select(Address4)], Tunnel = new MeshEndpoint(Address4(10), 15443) },
            "loopback address" => fine with { Addresses = [.. fine.Addresses, Parse("127.0.0.9")] },
            "multicast address" => fine with { Addresses = [.. fine.Addresses, Parse("ff02::1")] },
            "link-local address" => fine with { Addresses = [.. fine.Addresses, Parse("fe80::1")] },
            "address in the pool" => fine with { Addresses = [.. fine.Addresses, Parse("127.64.0.9"), Parse("fd6d:6573:6800::9")] },
            "address of another" => fine with { Addresses = [.. fine.Addresses, Address4(0)] },
            "address twice" => fine with { Addresses = [.. fine.Addresses, Address4(1)] },
            "port 0" => fine with { Ports = [Tcp(0)] },
            "port of SCTP" => fine with { Ports = [new MeshPort(80, IpProtocol.Sctp)] },
            "port twice" => fine with { Ports = [Tcp(80), Udp(80), Tcp(80)] },
            "port in the redirect range" => fine with { Ports = [Udp(61440)] },
            "port of the tunnel" => fine with { Ports = [Tcp(15443)] },
            "tunnel port in the redirect range" => fine with { Tunnel = fine.Tunnel with { Port = 65535 } },
            "tunnel in the pool" => fine with { Tunnel = new MeshEndpoint(Parse("127.64.0.9"), 15443) },
            "tunnel of another" => fine with { Tunnel = Machine(0).Tunnel },
            "tunnel at an address of another" => fine with { Tunnel = Machine(0).Tunnel with { Port = 15444 } },
            _ => throw new ArgumentOutOfRangeException(nameof(what), what, "no such case"),
        };
        MeshPlanBuilder mesh = new MeshPlanBuilder(Pool).Add(Machine(0)).Add(wrong);
        Assert.False(mesh.TryBuild(new MachineId(0), 0, out MeshPlan? plan, out var conflicts));
        Assert.Null(plan);
        Assert.Contains(conflicts, conflict => conflict.Kind == kind && conflict.Text.Contains(wrong.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_conflict_is_listed_not_only_the_first()
    {
        MeshPlanBuilder mesh = new MeshPlanBuilder(Pool).Add(Machine(0)).Add(Machine(1) with { Addresses = [Address4(0)], Identity = default, Ports = [Tcp(0)] });
        MeshConflictException refused = Assert.Throws<MeshConflictException>(() => mesh.Build(new MachineId(7)));
        Assert.Equal(
            [MeshConflictKind.IdentityMissing, MeshConflictKind.AddressTaken, MeshConflictKind.PortUnusable, MeshConflictKind.SelfUnknown],
            refused.Conflicts.Select(conflict => conflict.Kind));
    }

    [Fact]
    public void A_pool_that_covers_what_resolvers_use_is_refused()
    {
        MeshPlanBuilder mesh = MeshOf(2, new LoopbackPool { IPv4 = IPv4Prefix.Parse("127.0.0.0/8") });
        Assert.Contains(mesh.FindConflicts(), conflict => conflict.Kind == MeshConflictKind.PoolReserved);
    }

    [Theory]
    [InlineData("127.64.0.0/7", "fd00::/64")]
    [InlineData("127.64.0.0/23", "fd00::/64")]
    [InlineData("127.64.0.0/10", "fd00::/63")]
    [InlineData("127.64.0.0/10", "fd00::/97")]
    public void A_prefix_that_is_too_long_or_too_short_is_the_callers_mistake(string v4, string v6)
    {
        var address = IPv4Address.Parse(v4.Split('/')[0]);
        int length = int.Parse(v4.Split('/')[1], System.Globalization.CultureInfo.InvariantCulture);
        ArgumentOutOfRangeException thrown = Assert.Throws<ArgumentOutOfRangeException>(() => new MeshPlanBuilder(new LoopbackPool { IPv4 = new IPv4Prefix(address, length), IPv6 = IPv6Prefix.Parse(v6) }));
        Assert.Contains("must be a prefix of", thrown.Message, StringComparison.Ordinal);
    }

    private static IPv6Address Parse(string text)
    {
        Assert.True(MeshAddress.TryParse(text, out IPv6Address address));
        return address;
    }
}
