using System.Buffers.Binary;
using System.Text.RegularExpressions;
using Weft.Conformance.MulticastTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Host.Stages;
using Weft.Packets;
using Weft.Ports;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Every reason has a name and an explanation, and something that makes the switch give it.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed partial class DropReasonTests
{
    private static readonly IPv4Address Stranger = IPv4Address.Parse("192.0.2.99");

    private static readonly Dictionary<DropReason, Func<Dictionary<string, long>>> Producers = new()
    {
        [DropReason.FrameTooShort] = () => After(Resolved(), Web1, new byte[13]),
        [DropReason.FrameTooLong] = () => Traced(Resolved() with { PoolBufferBytes = 70_000 }, "web1", Plain(B, A, 65_536)),
        [DropReason.VlanTagTruncated] = () => After(Resolved(), Trunk, Tagged(Plain(B, A), 10)[..16]),
        [DropReason.VlanStackTooDeep] = () => After(Resolved(), Trunk, Tagged(Tagged(Tagged(Tagged(Tagged(Plain(B, A), 10), 10), 10), 10), 10)),
        [DropReason.NotForEndpoint] = () => After(Resolved(), Up0, Vxlan(Plain(B, A), Vni, Peer3Mac, PeerMac, PeerAddress, Peer3Address)),
        [DropReason.EndpointServiceMissing] = () => After(Resolved(), Up0, FromPeer(Plain(B, A), frame => BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), 53))),
        [DropReason.NeighborMalformed] = () => After(Resolved(), Up0, Arp(1, VtepMac, PeerMac, PeerAddress, MacAddress.Zero, VtepAddress)[..40]),
        [DropReason.PacketTooBigRefused] = () => After(Resolved(), Up0, TooBig(1400, quotedPort: 53)),
        [DropReason.AddressConflict] = () => After(Resolved(), Up0, Arp(1, Broadcast, B, VtepAddress, MacAddress.Zero, VtepAddress)),
        [DropReason.EchoLimited] = () => After(Resolved(), Up0, [.. Enumerable.Repeat(Echo(), EndpointStage.EchoBurst + 1)]),
        [DropReason.OuterMalformed] = () => After(Resolved(), Up0, FromPeer(Plain(B, A), frame => BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), 2000))),
        [DropReason.OuterHeaderChecksum] = () => After(Resolved(), Up0, Change(FromPeer(Plain(B, A)), 24, 0xFF)),
        [DropReason.OuterFragment] = () => After(Resolved(), Up0, FromPeer(Plain(B, A), frame => frame[20] = 0x20)),
        [DropReason.OuterSource] = () => After(Resolved(), Up0, Vxlan(Plain(B, A), Vni, VtepMac, PeerMac, IPv4Address.Parse("224.0.0.1"), VtepAddress)),
        [DropReason.UdpChecksum] = () => After(Resolved(), Up0, FromPeer(Plain(B, A), frame => frame[40] = frame[41] = 0x11)),
        [DropReason.UdpChecksumZero] = () => After(OverIPv6(), Up0, VxlanOverIPv6(Plain(B, A))),
        [DropReason.TunnelTruncated] = () => After(Resolved(), Up0, FromPeer(Plain(B, A), frame => BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(38), 12))),
        [DropReason.VniFlagMissing] = () => After(Resolved(), Up0, FromPeer(Plain(B, A), frame => frame[42] = 0)),
        [DropReason.TunnelVersion] = () => After(Geneve(), Up0, FromPeer(Plain(B, A), frame => frame[42] = 0x40)),
        [DropReason.TunnelOptionOverrun] = () => After(Geneve(), Up0, FromPeer(new byte[64], frame => Header(frame, 0x01, 0, 0x6558)[53] = 0x1F)),
        [DropReason.TunnelOptionCritical] = () => After(Geneve(), Up0, FromPeer(new byte[64], frame => Header(frame, 0x01, 0, 0x6558)[52] = 0x80)),
        [DropReason.TunnelControl] = () => After(Geneve(), Up0, FromPeer(Plain(B, A), frame => Header(frame, 0, 0x80, 0x6558))),
        [DropReason.TunnelPayload] = () => After(Geneve(), Up0, FromPeer(Plain(B, A), frame => Header(frame, 0, 0, 0x0800))),
        [DropReason.InnerTooShort] = () => After(Resolved(), Up0, FromPeer(new byte[13])),
        [DropReason.Congestion] = () => After(Resolved(), Up0, FromPeer(FromPeer(Plain(B, A)), frame => frame[15] = 3)),
        [DropReason.FragmentMalformed] = () => After(Fragmenting(), Up0, Fragment(1, 400, 0, 300)),
        [DropReason.FragmentTooLong] = () => After(Fragmenting(), Up0, Fragment(1, 9000, 0, 304)),
        [DropReason.FragmentDuplicate] = () => After(Fragmenting(), Up0, Fragment(1, 608, 0, 304), Fragment(1, 608, 0, 304)),
        [DropReason.FragmentOverlap] = () => After(Fragmenting(), Up0, Fragment(1, 608, 0, 304), Fragment(1, 608, 8, 304)),
        [DropReason.FragmentQuota] = () => After(Fragmenting(), Up0, Fragment(1, 608, 0, 304), Fragment(2, 608, 0, 304), Fragment(3, 608, 0, 304)),
        [DropReason.FragmentTimeout] = () =>
        {
            using var rig = new SwitchRig(Fragmenting());
            return rig.Pass(Up0, Fragment(1, 608, 0, 304)).Wait(TimeSpan.FromMilliseconds(500)).Drops();
        },
        [DropReason.EspMalformed] = () => SecurityLab.After(lab => Shorten(lab.Sealed(Plain(B, A)))),
        [DropReason.EspUnknownSpi] = () => SecurityLab.After(lab => Change(lab.Sealed(Plain(B, A)), 44, 0x77)),
        [DropReason.EspReplay] = () => SecurityLab.After(lab => lab.Sealed(Plain(B, A)), again: true),
        [DropReason.EspForged] = () => SecurityLab.After(lab => Change(lab.Sealed(Plain(B, A)), 80, 0x11)),
        [DropReason.EspPayload] = () => SecurityLab.After(lab => lab.Sealed(Plain(B, A), next: 4)),
        [DropReason.EspRequired] = () => SecurityLab.After(_ => FromPeer(Plain(B, A))),
        [DropReason.EspForeignPeer] = () => SecurityLab.After(lab => lab.Sealed(Plain(B, A), source: Peer3Address)),
        [DropReason.EspExpired] = () => SecurityLab.After(lab => lab.Sealed(Plain(B, A)), again: true, lifetimeBytes: 1),
        [DropReason.UnknownVni] = () => After(Resolved(), Up0, Vxlan(Plain(B, A), 999, VtepMac, PeerMac, PeerAddress, VtepAddress)),
        [DropReason.UnknownPeer] = () => After(Resolved(), Up0, Vxlan(Plain(B, A), Vni, VtepMac, PeerMac, Stranger, VtepAddress)),
        [DropReason.ReservedGroup] = () => After(Resolved(), Web1, Plain(MacAddress.Parse("01:80:c2:00:00:0e"), A)),
        [DropReason.InvalidSourceMac] = () => After(Resolved(), Web1, Plain(B, Broadcast)),
        [DropReason.VlanReserved] = () => After(Resolved(), Trunk, Tagged(Plain(B, A), 4095)),
        [DropReason.UntaggedRefused] = () => After(Resolved(), Trunk, Plain(B, A)),
        [DropReason.VlanNotAllowed] = () => After(Resolved(), Web1, Tagged(Plain(B, A), 20)),
        [DropReason.NoSegment] = () => After(Resolved(), Trunk, Tagged(Plain(B, A), 30)),
        [DropReason.TaggedInTunnel] = () => After(Resolved(), Up0, FromPeer(Tagged(Plain(B, A), 10))),
        [DropReason.Hairpin] = () => After(Resolved(), Web1, Plain(B, A), Plain(A, C)),
        [DropReason.SplitHorizon] = () => After(Resolved(), Up0, FromPeer(Plain(B, A)), Vxlan(Plain(A, C), Vni, VtepMac, Peer3Mac, Peer3Address, VtepAddress)),
        [DropReason.BridgeStandby] = () => After(Bridging(), Trunk, Tagged(Plain(B, A), 10)),
        [DropReason.SourceRefused] = () => After(Resolved().WithPort(Web1, web => web with { Learning = new PortLearningPlan { MaxMacs = 0, Refused = RefusedSourceAction.Drop } }), Web1, Plain(B, A)),
        [DropReason.StormLimit] = () => After(Resolved().WithPort(Web1, web => web with { Storm = new Weft.Bridge.StormLimits { UnknownUnicast = 0 } }), Web1, Plain(B, A)),
        [DropReason.UnknownUnicast] = () => After(Resolved().With(0, blue => blue with { FloodUnknown = false }), Web1, Plain(B, A)),
        [DropReason.NoDestination] = () => After(Resolved().WithPort(Trunk, trunk => trunk with { AllowedVlans = [10] }), Db, Plain(B, A)),
        [DropReason.PoolExhausted] = () => After(Resolved() with { PoolBuffers = 1 }, Web1, Plain(B, A)),
        [DropReason.TunnelMtuExceeded] = () => After(Resolved().WithPort(Up0, up => up with { MtuBytes = 1500 }), Web1, Plain(B, A, 1500)),
        [DropReason.NeighborUnresolved] = () =>
        {
            using var rig = new SwitchRig(Unresolved());
            rig.Pass(Web1, Plain(B, A)).Wait(TimeSpan.FromSeconds(1)).Wait(TimeSpan.FromSeconds(1)).Wait(TimeSpan.FromSeconds(1));
            return rig.Drops();
        },
        [DropReason.NeighborQueueFull] = () => After(Unresolved(), Web1, [.. Enumerable.Repeat(Plain(B, A), 40)]),
        [DropReason.MtuExceeded] = () => After(Resolved(), Web1, Plain(B, A, 1600)),
        [DropReason.PortDown] = () =>
        {
            using var rig = new SwitchRig(Resolved());
            rig.Link(Web2).Cut();
            return rig.Pass(Web1, Plain(B, A)).Drops();
        },
        [DropReason.PortBusy] = () =>
        {
            using var rig = new SwitchRig(Resolved(), link: new MemoryLinkOptions { QueueFrames = 2 });
            return rig.Pass(Web1, Plain(B, A)).Pass(Web1, Plain(B, A)).Pass(Web1, Plain(B, A)).Drops();
        },
        [DropReason.PortRejected] = Rejected,
        [DropReason.IdsDrop] = () => After(IdsRig.Guarded(), Web1, IdsRig.Udp(B, A, "an evil word")),
        [DropReason.IdsReject] = () => After(IdsRig.Guarded(), Web1, IdsRig.Udp(B, A, "bad!")),
        [DropReason.WorkerRingFull] = WorkerStallTests.DropsOfAStall,
        [DropReason.MulticastMalformed] = () => After(GroupPlans.Snooping(), Web1, ControlFrames.Igmp("2200e9ca00000032 04000000ef010101", "224.0.0.22")),
        [DropReason.MulticastChecksum] = () => After(GroupPlans.Snooping(), Web1, Change(DataFrames.Udp("10.0.0.1", GroupPlans.Group), 24, 0x55)),
        [DropReason.MulticastTtl] = () => After(GroupPlans.Snooping(), Web1, ControlFrames.Igmp("1600f9fcef010101", GroupPlans.Group, ttl: 64)),
        [DropReason.MulticastRouterAlert] = () => After(GroupPlans.Snooping(), Web1, ControlFrames.ReportMldV2(GroupRecordType.ChangeToExclude, "ff15::1", alert: false)),
        [DropReason.MulticastSource] = () => After(GroupPlans.Snooping(), Web1, ControlFrames.ReportMldV2(GroupRecordType.ChangeToExclude, "ff15::1", source: "2001:db8::1")),
        [DropReason.MulticastQueryRefused] = () => After(
            GroupPlans.Snooping().WithPort(Web1, web => web with { Multicast = new PortMulticastPlan { AcceptQueries = false } }), Web1, ControlFrames.QueryV3("0.0.0.0", "10.0.0.9")),
        [DropReason.MulticastRateLimited] = () => After(
            GroupPlans.Snooping().WithPort(Web1, web => web with { Multicast = new PortMulticastPlan { MaxMessagesPerSecond = 1 } }),
            Web1,
            [.. Enumerable.Repeat(ControlFrames.V2(IgmpType.ReportV2, GroupPlans.Group), 2)]),
        [DropReason.MulticastNoListener] = () => After(GroupPlans.Selective(), Web1, DataFrames.Udp("10.0.0.1", GroupPlans.Group)),
        [DropReason.MulticastScope] = () => After(GroupPlans.Selective(), (Db, ControlFrames.V2(IgmpType.ReportV2, GroupPlans.Routed)), (Web1, DataFrames.Udp("10.0.0.1", GroupPlans.Routed, ttl: 8))),
        [DropReason.MulticastReversePath] = () => After(GroupPlans.Selective(), Db, DataFrames.Udp("10.0.0.1", GroupPlans.Routed)),
        [DropReason.Stopping] = () =>
        {
            using var rig = new SwitchRig(Unresolved());
            rig.Pass(Web1, Plain(B, A));
            rig.Switch.Stop();
            return rig.Run().Drops();
        },
    };

    public static TheoryData<DropReason> All => [.. DropReasons.All];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_reason_can_be_produced(DropReason reason)
    {
        Assert.True(Producers.TryGetValue(reason, out Func<Dictionary<string, long>>? produce) || RouterDrops.Producers.TryGetValue(reason, out produce) || MeshDrops.Producers.TryGetValue(reason, out produce) || MachineDrops.Producers.TryGetValue(reason, out produce) || SaseDrops.Producers.TryGetValue(reason, out produce) || LinkDrops.Producers.TryGetValue(reason, out produce) || AclDrops.Producers.TryGetValue(reason, out produce), $"{reason} has no producer");
        Assert.Contains(DropReasons.Explain(reason).Name, produce().Keys);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_reason_has_a_stable_name_an_explanation_and_a_way_back_from_its_name(DropReason reason)
    {
        DropExplanation explanation = DropReasons.Explain(reason);
        Assert.Matches(KebabCase(), explanation.Name);
        Assert.Equal(explanation.Name.Replace("-", "", StringComparison.Ordinal), reason.ToString(), ignoreCase: true);
        Assert.EndsWith(".", explanation.Cause);
        Assert.EndsWith(".", explanation.Fix);
        Assert.True(DropReasons.TryParse(explanation.Name, out DropReason back));
        Assert.Equal(reason, back);
    }

    [Fact]
    public void A_name_that_is_no_reason_is_refused()
    {
        Assert.False(DropReasons.TryParse("bad-luck", out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => DropReasons.Explain(DropReason.None));
    }

    private static Dictionary<string, long> After(SwitchPlan plan, int port, params byte[][] frames)
    {
        using var rig = new SwitchRig(plan);
        foreach (byte[] frame in frames)
        {
            rig.Pass(port, frame);
        }

        return rig.Drops();
    }

    private static Dictionary<string, long> After(SwitchPlan plan, params (int Port, byte[] Frame)[] frames)
    {
        using var rig = new SwitchRig(plan);
        foreach ((int port, byte[] frame) in frames)
        {
            rig.Pass(port, frame);
        }

        return rig.Drops();
    }

    private static Dictionary<string, long> Traced(SwitchPlan plan, string port, byte[] frame)
    {
        PacketTrace trace = PacketTracer.Trace(plan, port, frame);
        return new() { [trace.DropReason!] = 1 };
    }

    private static Dictionary<string, long> Rejected()
    {
        SwitchPlan plan = Resolved();
        using var cable = new MemoryLink("web1", "far");
        IPort[] ports = [cable.Left, .. plan.Ports.Skip(1).Select(port => new RefusingPort(port.Name))];
        using var under = new Switch(plan, ports, new SwitchOptions { Start = Timestamp.Zero });
        Assert.True(cable.Right.TrySend(Plain(B, A), Timestamp.Zero));
        under.RunOnce(Timestamp.Zero);
        Assert.True(under.Totals.Balanced);
        return under.Snapshot().Drops.ToDictionary(drop => drop.Reason, drop => drop.Packets);
    }

    /// <summary>The UDP header says fewer bytes than the IP header.</summary>
    private static byte[] Shorten(byte[] frame)
    {
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(38), (ushort)(BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(38)) - 4));
        return frame;
    }

    private static byte[] Change(byte[] frame, int at, byte value)
    {
        frame[at] ^= value;
        return frame;
    }

    private static SwitchPlan Geneve() => Resolved() with { Vteps = [Resolved().Vteps[0] with { Kind = TunnelKind.Geneve }] };

    private static byte[] Header(byte[] frame, byte optionWords, byte flags, ushort protocol)
    {
        (frame[42], frame[43]) = (optionWords, flags);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(44), protocol);
        return frame;
    }

    private static SwitchPlan OverIPv6()
    {
        SwitchPlan plan = Resolved();
        var peer = new TunnelAddress(IPv6Address.Parse("2001:db8::2"));
        VtepPlan vtep = plan.Vteps[0] with
        {
            Address = new TunnelAddress(IPv6Address.Parse("2001:db8::1")),
            PrefixLength = 64,
            StaticNeighbors = new Dictionary<TunnelAddress, MacAddress> { [peer] = PeerMac },
        };
        return (plan with { Vteps = [vtep] }).With(0, blue => blue with { Peers = [peer] });
    }

    private static byte[] VxlanOverIPv6(byte[] inner)
    {
        byte[] frame = new byte[70 + inner.Length];
        byte[] v4 = FromPeer(inner);
        v4.AsSpan(0, 12).CopyTo(frame);
        byte[] head = [0x86, 0xDD, 0x60, 0, 0, 0, 0, (byte)(16 + inner.Length), 17, 64];
        head.CopyTo(frame, 12);
        IPv6Address.Parse("2001:db8::2").Write(frame.AsSpan(22));
        IPv6Address.Parse("2001:db8::1").Write(frame.AsSpan(38));
        v4.AsSpan(34).CopyTo(frame.AsSpan(54));
        return frame;
    }

    [GeneratedRegex("^[a-z]+(-[a-z]+)*$")]
    private static partial Regex KebabCase();
}
