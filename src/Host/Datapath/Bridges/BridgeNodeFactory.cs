using Weft.Bfd;
using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Config.Validation;
using Weft.Packets;

namespace Weft.Host.Datapath.Bridges;

/// <summary>Says a configured bridge node in the words of Weft.Bridge and Weft.Bfd.</summary>
internal static class BridgeNodeFactory
{
    /// <summary>Group address by which BFD reaches the other end of a link whose MAC address is not known (RFC 7130 section 2.2).</summary>
    public static readonly MacAddress BfdGroup = new(0x0100_5E90_0001);

    /// <summary>Inner destination of BFD inside VXLAN: "BFD for VXLAN" in IANA's registry of Ethernet numbers (RFC 8971).</summary>
    public static readonly MacAddress BfdInVxlan = new(0x0000_5E00_5202);

    public static BridgeNodeOptions Options(SwitchTopology topology, int index, HashSeed seed, uint incarnation)
    {
        SwitchPlan plan = topology.Plan;
        BridgePlan bridge = plan.Bridges[index];
        return new BridgeNodeOptions
        {
            Bridge = bridge.Id,
            Node = bridge.Node,
            Priority = bridge.Priority,
            Key = bridge.Key,
            Incarnation = incarnation,
            Journal = index,
            Port = bridge.Port,
            Vlans = [.. bridge.Segments.Select(segment => plan.Segments[segment].Vlan)],
            NativeVlan = plan.Ports[bridge.Port].NativeVlan,
            PeerVtep = topology.PeerOf(bridge.Vtep, bridge.Peer),
            Mac = plan.Vteps[bridge.Vtep].Mac,
            // The secret of one table must not be that of another.
            Seed = new HashSeed(seed.Low, ~seed.High),
            Capacity = Math.Clamp(bridge.Segments.Sum(segment => plan.Segments[segment].MaxMacs), 16, 1 << 20),
            Preemption = bridge.Preemption,
            Order = bridge.Order,
            InitHold = bridge.InitHold,
            PreemptHold = bridge.PreemptHold,
            MaxGap = MaxGap(bridge),
            AnnounceAddresses = bridge.AnnounceAddresses,
            HostFlush = bridge.HostFlush,
            HostKey = bridge.HostKey,
            Vnis = [.. bridge.Segments.Select(segment => plan.Segments[segment].Vni ?? 0)],
            OwnAddress = Mapped(plan.Vteps[bridge.Vtep].Address),
            PeerAddress = Mapped(bridge.Peer),
        };
    }

    public static BridgePathWatch Overlay(SwitchPlan plan, BridgePlan bridge, uint epoch, Timestamp now)
    {
        MacAddress remote = bridge.BfdEncapsulation == BfdEncapsulation.Underlay ? plan.Vteps[bridge.Vtep].Mac
            : plan.Vteps[bridge.Vtep].Kind == TunnelKind.Geneve ? VtepValidator.DefaultMac(bridge.Peer)
            : BfdInVxlan;
        return Watch(plan, bridge, BridgePath.Overlay, remote, vlan: 0, epoch, now);
    }

    public static BridgePathWatch? Vlan(SwitchPlan plan, BridgePlan bridge, uint epoch, Timestamp now)
    {
        ushort tag = bridge.PathVlan == plan.Ports[bridge.Port].NativeVlan ? (ushort)0 : bridge.PathVlan;
        return bridge.PathVlan == 0 ? null : Watch(plan, bridge, BridgePath.Vlan, BfdGroup, tag, epoch, now);
    }

    public static IPv6Address Mapped(TunnelAddress address) => address.IsIPv6 ? address.V6 : BfdPath.Map(address.V4);

    /// <summary>The other node waits one interval less than the detection time after our last packet, at worst.</summary>
    private static TimeSpan MaxGap(BridgePlan bridge)
    {
        TimeSpan gap = bridge.BfdInterval * (bridge.BfdMultiplier - 1);
        return gap < TimeSpan.FromMilliseconds(5) ? TimeSpan.FromMilliseconds(5) : gap;
    }

    private static BridgePathWatch Watch(SwitchPlan plan, BridgePlan bridge, BridgePath path, MacAddress remote, ushort vlan, uint epoch, Timestamp now)
    {
        VtepPlan vtep = plan.Vteps[bridge.Vtep];
        var session = new BfdSession(
            new BfdSessionOptions
            {
                // Unlike that of our last life, so that the other side does not take us for it.
                Discriminator = (epoch << 2) | (path == BridgePath.Overlay ? 1u : 2u),
                DesiredMinTx = bridge.BfdInterval,
                RequiredMinRx = bridge.BfdInterval,
                DetectMultiplier = bridge.BfdMultiplier,
                JitterSeed = bridge.Node,
            },
            now);
        return new BridgePathWatch(path, session, new BfdPath
        {
            LocalMac = vtep.Mac,
            RemoteMac = remote,
            Local = Mapped(vtep.Address),
            Remote = Mapped(bridge.Peer),
            Vlan = vlan,
        });
    }
}
