using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Packets;
using static Weft.Conformance.HostTests.IpFrames;
using static Weft.Conformance.HostTests.RouterPlans;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>No packet that is routed, translated, balanced, refused or kept waiting allocates.</summary>
[Trait(Kind.Key, Kind.Alloc)]
public sealed class RoutingAllocationTests
{
    private const int Frames = 60_000;

    [Fact]
    public void Routed_fragmented_refused_and_waiting_packets_allocate_nothing()
    {
        SwitchPlan plan = Known().WithInterface(1, at => at with { MtuBytes = 1280 });
        Check(plan, Web1,
            Udp4(BlueMac, A, "10.1.0.2", "10.2.0.2"),
            Udp6(BlueMac, A, "2001:db8:1::2", "2001:db8:2::2"),
            Udp4(BlueMac, A, "10.1.0.2", "10.2.0.2", payload: 1400, flags: 0),
            Udp4(BlueMac, A, "10.1.0.2", "10.2.0.2", ttl: 1),
            Udp4(BlueMac, A, "10.1.0.2", "10.2.0.200"),
            Udp6(BlueMac, A, "2001:db8:1::2", "2001:db8:2::200"),
            Echo6(BlueMac, A, "fe80::a", "fe80::ff:fe00:fd01"),
            Echo4(BlueMac, A, "10.1.0.2", "10.2.0.1"),
            Arp(1, Broadcast, A, IPv4Address.Parse("10.1.0.2"), default, IPv4Address.Parse("10.1.0.1")));
    }

    [Fact]
    public void Neighbours_that_come_and_go_allocate_nothing() => Check(
        Known(),
        Web1,
        (i, bytes) =>
        {
            new IPv4Address(0x0A02_0000 | (10 + ((uint)i % 200))).Write(bytes.AsSpan(30));
            FixHeader(bytes);
        },
        Udp4(BlueMac, A, "10.1.0.2", "10.2.0.2"));

    [Fact]
    public void Translated_redirected_and_refused_packets_allocate_nothing() => Check(
        NatPlans.Nat(),
        Web1,
        (i, bytes) => BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(34), (ushort)(i % 2000)),
        NatHostTests.Request(4000));

    [Fact]
    public void Packets_out_of_the_tunnel_allocate_nothing() => Check(
        NatPlans.Nat(),
        Db,
        NatPlans.Tunnelled(NatHostTests.Answer(5000), "2001:db8:9::1", NatPlans.PlaceOf(1024)),
        NatHostTests.Answer(1500));

    [Fact]
    public void Learned_and_returned_packets_allocate_nothing() => Check(
        NatPlans.Lb(),
        Web1,
        (i, bytes) => BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(34), (ushort)(i % 5000)),
        Udp4(BlueMac, A, "198.51.100.9", "10.2.0.2"));

    [Fact]
    public void Packets_through_the_services_of_a_machine_allocate_nothing() => Check(
        MachinePlans.With(machine => machine with { MirrorPort = Db }, MachinePlans.Connections, MachinePlans.Firewall(Weft.Services.FirewallAction.Reject), MachinePlans.Balancer, new ServicePlan { Name = "tap", Kind = ServiceKind.Mirror }),
        Web1,
        (i, bytes) => BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(34), (ushort)(i % 500)),
        ServicesTests.ServicesTestBed.Udp(ServicesTests.ServicesTestBed.Machine, 1, MachinePlans.Virtual, 53),
        ServicesTests.ServicesTestBed.Tcp(ServicesTests.ServicesTestBed.Machine, 1, ServicesTests.ServicesTestBed.Remote, 80, TcpFlags.Syn, 1));

    private static void Check(SwitchPlan plan, int port, params byte[][] frames) => Check(plan, port, (_, _) => { }, frames);

    private static void Check(SwitchPlan plan, int port, Action<int, byte[]> change, params byte[][] frames)
    {
        using var rig = new SwitchRig(plan);
        byte[] buffer = new byte[9000];
        Timestamp now = rig.Now;
        long allocated = Allocations.Of(() =>
        {
            for (int i = 0; i < Frames; i++)
            {
                byte[] frame = frames[i % frames.Length];
                change(i, frame);
                rig.Link(port).Right.TrySend(frame, now);
                now += TimeSpan.FromMilliseconds(1);
                rig.Switch.RunOnce(now);
                for (int other = 0; other <= Up0; other++)
                {
                    while (rig.Link(other).Right.TryReceive(buffer, now, out _))
                    {
                    }
                }
            }
        });
        Assert.Equal(0, allocated);
        Assert.True(rig.Switch.Totals.Balanced);
    }
}
