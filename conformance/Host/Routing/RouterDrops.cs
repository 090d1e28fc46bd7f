using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.HostTests.IpFrames;
using static Weft.Conformance.HostTests.RouterPlans;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>What makes a router drop a packet, by reason.</summary>
internal static class RouterDrops
{
    private const string From = "10.1.0.2", To = "10.2.0.2";

    public static Dictionary<DropReason, Func<Dictionary<string, long>>> Producers { get; } = new()
    {
        [DropReason.RouteNotIp] = () => After(Known(), Plain(BlueMac, A)),
        [DropReason.RouteMalformed] = () => After(Known(), Udp4(BlueMac, A, From, To)[..30]),
        [DropReason.RouteHeaderChecksum] = () => After(Known(), Changed(Udp4(BlueMac, A, From, To), 24)),
        [DropReason.RouteMartian] = () => After(Known(), Udp4(BlueMac, A, "127.0.0.1", To)),
        [DropReason.RouteSourceRoute] = () => After(Known(), Udp4(BlueMac, A, From, To, options: [131, 3, 4, 0])),
        [DropReason.RouteReversePath] = () => After(Known().WithInterface(0, at => at with { ReversePath = ReversePathMode.Strict }), Udp4(BlueMac, A, To, To)),
        [DropReason.RouteNone] = () => After(Known(), Udp4(BlueMac, A, From, "198.51.100.1")),
        [DropReason.RouteRefused] = () => After(Known(Ending("198.51.100.0/24", RouteAction.Unreachable)), Udp4(BlueMac, A, From, "198.51.100.1")),
        [DropReason.RouteHopsExceeded] = () => After(Known(), Udp4(BlueMac, A, From, To, ttl: 1)),
        [DropReason.RouteTooBig] = () => After(Known().WithInterface(1, at => at with { MtuBytes = 600 }), Udp4(BlueMac, A, From, To, payload: 700)),
        [DropReason.RouteDirectedBroadcast] = () => After(Known(), Udp4(BlueMac, A, From, "10.2.0.255")),
        [DropReason.RouteUnresolved] = () =>
        {
            using var rig = new SwitchRig(Plan());
            rig.Pass(Web1, Udp4(BlueMac, A, From, To));
            return rig.Wait(TimeSpan.FromSeconds(1.1)).Wait(TimeSpan.FromSeconds(1.1)).Wait(TimeSpan.FromSeconds(1.1)).Drops();
        },
        [DropReason.RouteQueueFull] = () => After(Plan(), [.. Enumerable.Repeat(Udp4(BlueMac, A, From, To), 40)]),
        [DropReason.RouteNeighborsFull] = () => After(
            Known().WithInterface(1, at => at with { StaticNeighbors = Enumerable.Range(10, 64).ToDictionary(host => At($"10.2.0.{host}"), _ => B) }),
            Udp4(BlueMac, A, From, "10.2.0.200")),
        [DropReason.RouteServiceMissing] = () => After(Known(), Udp4(BlueMac, A, From, "10.2.0.1")),
        [DropReason.RouteEchoLimited] = () => After(Known(), [.. Enumerable.Repeat(Echo4(BlueMac, A, From, "10.1.0.1"), 60)]),
        [DropReason.RouteAddressConflict] = () => After(Known(), Arp(1, Broadcast, C, IPv4Address.Parse("10.1.0.1"), default, IPv4Address.Parse("10.1.0.1"))),
        [DropReason.NatMalformed] = () => After(NatPlans.Nat(), NatFrame(frame => frame[38] = 0xFF)),
        [DropReason.NatUnsupported] = () => After(NatPlans.Nat(), NatFrame(frame => frame[23] = 47)),
        [DropReason.NatNoMapping] = () => FromOutside(NatPlans.Nat(), NatHostTests.Answer(1500)),
        [DropReason.NatFiltered] = () => FromOutside(Filtering(), Stranger),
        [DropReason.NatNoConnection] = () => After(NatPlans.Nat(), TcpAck()),
        [DropReason.NatPortsExhausted] = () => After(NatPlans.Nat(first: 1024, log2: 1), NatHostTests.Request(1), NatHostTests.Request(2), NatHostTests.Request(3)),
        [DropReason.NatQuotaExceeded] = () => After(NatPlans.Nat(change: nat => nat with { MappingsPerMachine = 1 }), NatHostTests.Request(1), NatHostTests.Request(2)),
        [DropReason.NatTableFull] = () => After(NatPlans.Nat(change: nat => nat with { Entries = 16 }), [.. Enumerable.Range(1, 40).Select(NatHostTests.Request)]),
        [DropReason.NatFragmentRefused] = () => After(NatPlans.Nat(first: 1024, log2: 1), NatHostTests.Request(1), NatHostTests.Request(2), Fragment(0x2000), Fragment(0x0004)),
        [DropReason.NatRedirectedTwice] = () => FromOutside(NatPlans.Nat(), NatPlans.Tunnelled(NatHostTests.Answer(5000), "fd01::9", NatPlans.PlaceOf(1024))),
        [DropReason.NatTunnelRefused] = () => FromOutside(NatPlans.Nat(), NatPlans.Tunnelled(new byte[34], "2001:db8:9::1", NatPlans.PlaceOf(1024))),
        [DropReason.NatGatewayNoOwner] = () => After(NatGatewayTests.Edge(), NatGatewayTests.Answer(9000)),
        [DropReason.NatGatewayMalformed] = () => After(NatGatewayTests.Edge(), GatewayFrame(frame => frame[38] = 0xFF)),
    };

    private static byte[] GatewayFrame(Action<byte[]> damage)
    {
        byte[] frame = NatGatewayTests.Answer(1500);
        damage(frame);
        FixHeader(frame);
        return frame;
    }

    private static SwitchPlan Filtering() =>
        NatPlans.Nat(change: nat => nat with { Behavior = new NatBehavior(MappingBehavior.EndpointIndependent, FilteringBehavior.AddressDependent) });

    private static Dictionary<string, long> FromOutside(SwitchPlan plan, byte[] frame)
    {
        using var rig = new SwitchRig(plan);
        return rig.Pass(Db, frame).Drops();
    }

    private static Dictionary<string, long> FromOutside(SwitchPlan plan, Func<ushort, byte[]> frame)
    {
        using var rig = new SwitchRig(plan);
        return rig.Pass(Db, frame(NatHostTests.Open(rig))).Drops();
    }

    private static byte[] NatFrame(Action<byte[]> damage)
    {
        byte[] frame = NatHostTests.Request(4000);
        damage(frame);
        FixHeader(frame);
        return frame;
    }

    private static byte[] Stranger(ushort port)
    {
        byte[] frame = NatHostTests.Answer(port);
        IPv4Address.Parse("198.51.100.99").Write(frame.AsSpan(26));
        FixHeader(frame);
        return frame;
    }

    private static byte[] TcpAck()
    {
        byte[] frame = Udp4(BlueMac, A, From, "198.51.100.7", payload: 12);
        (frame[23], frame[46], frame[47]) = (6, 0x50, 0x10);
        FixHeader(frame);
        return frame;
    }

    /// <summary>A fragment of a datagram for which no port is left.</summary>
    private static byte[] Fragment(ushort flags)
    {
        byte[] frame = Udp4(BlueMac, A, From, "198.51.100.7", payload: 24, flags: flags, id: 77);
        frame[34] = 0x50;
        return frame;
    }

    private static Dictionary<string, long> After(SwitchPlan plan, params byte[][] frames)
    {
        using var rig = new SwitchRig(plan);
        foreach (byte[] frame in frames)
        {
            rig.Send(Web1, frame);
        }

        return rig.Run().Drops();
    }

    private static byte[] Changed(byte[] frame, int at)
    {
        frame[at] ^= 0xFF;
        return frame;
    }
}
