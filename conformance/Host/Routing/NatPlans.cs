using System.Buffers.Binary;
using Weft.Host.Config;
using Weft.Lb;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.HostTests.RouterPlans;

namespace Weft.Conformance.HostTests;

/// <summary>The router of <see cref="RouterPlans"/> with address translation towards <c>green</c>, or a way back from there to load balancers in <c>blue</c>.</summary>
internal static class NatPlans
{
    public const string Shared = "192.0.2.1", Plan64 = "fd5a:1b2c:3d4e:1::";

    /// <summary>Machines of 10.1.0.0/24 behind ports 1024 to 2047 of 192.0.2.1; the owners of other ports are behind 2001:db8:2::2.</summary>
    public static SwitchPlan Nat(ushort first = 1024, byte log2 = 10, Func<NatPlan, NatPlan>? change = null) =>
        Known(Via("198.51.100.0/24", "10.2.0.2"), Via(Plan64 + "/64", "2001:db8:2::2"), Via("fd01::/64", "2001:db8:2::2")) with
        {
            Nats =
            [
                (change ?? (plan => plan))(new NatPlan
                {
                    Name = "nat1",
                    Router = 0,
                    Outside = 1,
                    Inside = [IPv4Prefix.Parse("10.1.0.0/24")],
                    Blocks = [new PortBlock(IPv4Address.Parse(Shared), first, log2, LeaseEpoch: 1)],
                    Tunnel = new NatTunnelPlan(IPv6Prefix.Parse(Plan64 + "/64"), IPv6Address.Parse("2001:db8:2::1"), IPv6Prefix.Parse("fd01::/64"), 1500),
                    Entries = 1024,
                    Machines = 64,
                }),
            ],
        };

    /// <summary>Two load balancers, A and C, in blue, and servers in green; clients are behind A as far as the routes know.</summary>
    public static SwitchPlan Lb(Func<LbPlan, LbPlan>? change = null) => Known(Via("198.51.100.0/24", "10.1.0.2"), Via("2001:db8:c::/64", "2001:db8:1::2")) with
    {
        Lbs =
        [
            (change ?? (plan => plan))(new LbPlan
            {
                Name = "web",
                Router = 0,
                Front = 0,
                Back = 1,
                Servers = [Net("10.2.0.0/24"), Net("2001:db8:2::/64")],
                Members = [new LbMemberPlan("lb1", TestFrames.A), new LbMemberPlan("lb2", TestFrames.C)],
                Policy = RebindPolicy.Pinned,
                Flows = 1024,
            }),
        ],
    };

    /// <summary>Puts the packet of a frame into IPv6 (RFC 2473), to the place of a port in the plan or to any other address.</summary>
    public static byte[] Tunnelled(byte[] frame, string source, string destination)
    {
        byte[] packet = frame[14..];
        byte[] outer = new byte[54 + packet.Length];
        GreenMac.Write(outer);
        TestFrames.B.Write(outer.AsSpan(6));
        (outer[12], outer[13], outer[14]) = (0x86, 0xDD, 0x60);
        BinaryPrimitives.WriteUInt16BigEndian(outer.AsSpan(18), (ushort)packet.Length);
        (outer[20], outer[21]) = (4, 64);
        IPv6Address.Parse(source).Write(outer.AsSpan(22));
        IPv6Address.Parse(destination).Write(outer.AsSpan(38));
        packet.CopyTo(outer, 54);
        return outer;
    }

    /// <summary>The address of a port of 192.0.2.1 in the plan.</summary>
    public static string PlaceOf(int port) => $"fd5a:1b2c:3d4e:1:c000:201:{port:x}:0";
}
