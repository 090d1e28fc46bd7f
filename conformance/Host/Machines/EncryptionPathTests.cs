using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath.Security;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>What routers between machines that encrypt say of the length of packets, and who is told how.</summary>
public sealed class EncryptionPathTests
{
    private static readonly IPv4Address Router = IPv4Address.Parse("192.0.2.99");

    [Theory]
    [InlineData(EspMode.Transport, false, 1300)]
    [InlineData(EspMode.Transport, true, 1300)]
    [InlineData(EspMode.Tunnel, false, 1300)]
    [InlineData(EspMode.Tunnel, true, 999)]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4301_Section8_2_1_A_router_that_says_what_fits_is_believed_and_the_sender_is_told_what_fits_inside(EspMode mode, bool inUdp, int mtu)
    {
        using var lab = new EncryptionLab(EncryptionLab.Shape with { Mode = mode, UdpEncapsulation = inUdp });
        byte[] large = Udp(Machine, 1000, Remote, 53, payload: 1380);
        byte[] under = Assert.Single(lab.Seal(large));
        lab.Left.Pass(Web2, TooBig(under, mtu));
        Assert.Empty(lab.Left.Out(Web1));
        Assert.Equal((1L, 1L), (CounterOf(lab, "errors"), CounterOf(lab, "paths lowered")));

        // The next packet of the flow is the first whose content is known again.
        Assert.Empty(lab.Seal(large));
        byte[] told = Assert.Single(lab.Left.Out(Web1));
        AssertSums(told);
        int fitting = BinaryPrimitives.ReadUInt16BigEndian(told.AsSpan(14 + 20 + 6));
        byte[] fits = Assert.Single(lab.Seal(Udp(Machine, 1000, Remote, 53, payload: fitting - 28)));
        Assert.InRange(fits.Length - 14, mtu - 3, mtu);
        Assert.Empty(lab.Seal(Udp(Machine, 1000, Remote, 53, payload: fitting - 27)));
        Assert.Equal([Udp(Machine, 1000, Remote, 53, payload: fitting - 28)], lab.Open([fits]));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc1191_Section6_3_What_a_router_said_is_forgotten_after_ten_minutes()
    {
        using var lab = new EncryptionLab();
        byte[] large = Udp(Machine, 1000, Remote, 53, payload: 1380);
        lab.Left.Pass(Web2, TooBig(Assert.Single(lab.Seal(large)), 1300));
        Assert.Empty(lab.Seal(large));
        lab.Left.Wait(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(1));
        Assert.Single(lab.Seal(large));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Who_has_not_seen_a_sealed_packet_cannot_make_the_way_smaller()
    {
        using var lab = new EncryptionLab();
        byte[] large = Udp(Machine, 1000, Remote, 53, payload: 1380);
        byte[] under = Assert.Single(lab.Seal(large));
        byte[] otherSpi = [.. under], unused = [.. under], otherWay = [.. under];
        otherSpi[34] ^= 1;
        unused[40] ^= 1;
        Machine.Write(otherWay.AsSpan(30));
        Remote.Write(otherWay.AsSpan(26));
        foreach (byte[] lie in new[] { otherSpi, unused, otherWay })
        {
            lab.Left.Pass(Web2, TooBig(lie, 600));
        }

        byte[] damaged = TooBig(under, 600);
        damaged[^1] ^= 1;
        lab.Left.Pass(Web2, damaged);
        Assert.Equal(0, CounterOf(lab, "paths lowered"));
        Assert.Single(lab.Seal(large));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_way_is_never_believed_to_carry_less_than_576_octets()
    {
        using var lab = new EncryptionLab();
        byte[] under = Assert.Single(lab.Seal(Udp(Machine, 1000, Remote, 53, payload: 1380)));
        lab.Left.Pass(Web2, TooBig(under, 68));
        Assert.Equal(1, CounterOf(lab, "paths lowered"));
        Assert.Single(lab.Seal(Udp(Machine, 1000, Remote, 53, payload: 500)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_reload_keeps_what_routers_said()
    {
        using var lab = new EncryptionLab();
        byte[] large = Udp(Machine, 1000, Remote, 53, payload: 1380);
        lab.Left.Pass(Web2, TooBig(Assert.Single(lab.Seal(large)), 1300));
        Reload(lab, lab.LeftPlan());
        Assert.Empty(lab.Seal(large));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_rekey_step_by_step_loses_no_packet_and_keeps_the_flows()
    {
        using var lab = new EncryptionLab(shape: null, MachinePlans.Connections);
        byte[] question = Udp(Machine, 1000, Remote, 53), answer = Udp(Remote, 53, Machine, 1000);
        Assert.Equal([question], lab.Open(lab.Seal(question)));
        AssociationPlan next = lab.Association("left", 0x5005), atTheOther = lab.Association("right", 0x5005);
        Step(lab.Right, new RekeyRequest(new TunnelAddress(Machine), Inbound: true, atTheOther, Remove: null, "sealed"));
        Assert.Equal([question], lab.Open(lab.Seal(question)));
        Step(lab.Left, new RekeyRequest(new TunnelAddress(Remote), Inbound: false, next, Remove: EncryptionLab.ToRight, "sealed"));
        byte[] under = Assert.Single(lab.Seal(question));
        Assert.Equal(0x5005u, BinaryPrimitives.ReadUInt32BigEndian(under.AsSpan(34)));
        Assert.Equal([question], lab.Open([under]));
        Step(lab.Right, new RekeyRequest(new TunnelAddress(Machine), Inbound: true, Add: null, Remove: EncryptionLab.ToRight, "sealed"));
        Assert.Equal([question], lab.Open(lab.Seal(question)));
        Assert.Equal([answer], lab.Back(answer));
        Assert.Empty(lab.Left.Drops());
        Assert.Empty(lab.Right.Drops());
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_rekey_that_does_not_fit_is_refused_and_changes_nothing()
    {
        using var lab = new EncryptionLab();
        SwitchPlan plan = lab.LeftPlan();
        var peer = new TunnelAddress(Remote);
        AssociationPlan next = lab.Association("left", 0x5005);
        Assert.Contains("no service 'other' that encrypts", Assert.Throws<ArgumentException>(() => new RekeyRequest(peer, true, next, null, "other").ApplyTo(plan)).Message);
        Assert.Contains("is no machine that", Assert.Throws<ArgumentException>(() => new RekeyRequest(new TunnelAddress(Other), true, next, null, "sealed").ApplyTo(plan)).Message);
        Assert.Contains("is an inbound association already", Assert.Throws<ArgumentException>(() => new RekeyRequest(peer, true, lab.Association("left", EncryptionLab.ToLeft), null, "sealed").ApplyTo(plan)).Message);
        Assert.Contains("The last association", Assert.Throws<ArgumentException>(() => new RekeyRequest(peer, false, null, EncryptionLab.ToRight, "sealed").ApplyTo(plan)).Message);
        Assert.Contains("no protected peer", Assert.Throws<ArgumentException>(() => new RekeyRequest(peer, true, next, null).ApplyTo(plan)).Message);
    }

    private static void Step(SwitchRig rig, RekeyRequest step) => rig.Switch.Apply(step.ApplyTo(rig.Switch.Plan), [.. Enumerable.Range(0, 5).Select(port => rig.Link(port).Left)]);

    private static void Reload(EncryptionLab lab, SwitchPlan plan) => lab.Left.Switch.Apply(plan, [.. Enumerable.Range(0, 5).Select(port => lab.Left.Link(port).Left)]);

    private static long CounterOf(EncryptionLab lab, string name) => lab.Left.Switch.Snapshot().Machines[0].Services[0].Counters[name];

    /// <summary>"Fragmentation needed" by a router, with as much of the sealed packet as RFC 792 asks for and ESP in UDP needs.</summary>
    private static byte[] TooBig(ReadOnlySpan<byte> sealed_, int mtu)
    {
        const int Quoted = 36;
        byte[] message = new byte[8 + Quoted];
        sealed_.Slice(14, Quoted).CopyTo(message.AsSpan(8));
        _ = new IcmpHeader(IcmpType.DestinationUnreachable, 4, (uint)mtu).Write(message);
        return Frame(Router, Machine, IpProtocol.Icmp, message);
    }
}
