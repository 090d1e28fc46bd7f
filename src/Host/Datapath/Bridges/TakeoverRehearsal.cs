using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath.Bridges;

/// <summary>
/// Has a twin of the switch take over once, before the switch starts: code that has never run is compiled first, which takes longer than
/// a takeover may. The twin's ports lead nowhere, and its time passes at once.
/// </summary>
internal static class TakeoverRehearsal
{
    private const int TwinBuffers = 512;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);
    private static readonly MacAddress Machine = new(0x0257_FFFF_FF01);
    private static readonly MacAddress Host = new(0x0257_FFFF_FF02);

    public static void Run(SwitchPlan plan)
    {
        if (plan.Bridges.Count == 0)
        {
            return;
        }

        BridgePlan bridge = plan.Bridges[0];
        ProbePort[] ports = [.. plan.Ports.Select(port => new ProbePort(port.Name, port.MtuBytes))];
        SwitchPlan small = plan with
        {
            Workers = 1,
            PoolBuffers = TwinBuffers,
            Ids = [],
            Vteps = [.. plan.Vteps.Select(vtep => vtep with { StaticNeighbors = NeighborsOf(plan, vtep) })],
            Bridges = [bridge with { InitHold = Step }],
        };
        Timestamp now = Timestamp.Zero + TimeSpan.FromDays(1);
        using var twin = new Switch(small, ports, new SwitchOptions { State = StateOf(plan, bridge), Start = now }, trace: null, isRehearsal: true);
        BridgeNodeDriver node = twin.Nodes!.All[0];
        Pass(10);
        // As a standby that loses its peer; then as one that is asked to go, and sleeps.
        node.Drain(now);
        node.Node.SetPath(BridgePath.Overlay, BridgePathState.Up, now);
        Pass(2);
        node.Node.SetPath(BridgePath.Overlay, BridgePathState.Down, now);
        node.Activate(now);
        ports[bridge.Port].Inject(FrameTo(Host, Machine, plan, bridge));
        Pass(60);
        now += TimeSpan.FromSeconds(10);
        Pass(2);
        // And a reload, which must not make the node sleep for longer than it may.
        twin.Apply(small, twin.Ports);
        Pass(2);

        void Pass(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                now += Step;
                _ = twin.RunOnce(now);
            }
        }
    }

    private static SwitchSnapshot StateOf(SwitchPlan plan, BridgePlan bridge) => new()
    {
        Name = plan.Name,
        Version = SwitchState.Version,
        UptimeSeconds = 0,
        Totals = new FrameTotals(),
        Fdb =
        [
            .. bridge.Segments.Select(segment => plan.Segments[segment]).SelectMany(segment => new[]
            {
                new FdbEntrySnapshot(segment.Name, Machine, plan.Ports[bridge.Port].Name, Peer: null, IsStatic: false, AgeSeconds: 0),
                new FdbEntrySnapshot(segment.Name, Host, Port: null, segment.Peers[0], IsStatic: false, AgeSeconds: 0),
            }),
        ],
    };

    /// <summary>Everybody is on the link, at one MAC address.</summary>
    private static Dictionary<TunnelAddress, MacAddress> NeighborsOf(SwitchPlan plan, VtepPlan vtep)
    {
        IEnumerable<TunnelAddress> peers = plan.Segments.Where(segment => segment.Vtep >= 0 && plan.Vteps[segment.Vtep] == vtep).SelectMany(segment => segment.Peers);
        return peers.Append(vtep.Gateway ?? vtep.Address).Distinct().ToDictionary(peer => peer, _ => Host);
    }

    private static byte[] FrameTo(MacAddress to, MacAddress from, SwitchPlan plan, BridgePlan bridge)
    {
        byte[] frame = new byte[64];
        ushort vlan = plan.Segments[bridge.Segments[0]].Vlan;
        VlanTci? tag = plan.Ports[bridge.Port].NativeVlan == vlan ? null : new VlanTci(vlan);
        _ = new EthernetHeader { Destination = to, Source = from, Tag = tag, EtherType = EtherType.Experimental1 }.Write(frame);
        return frame;
    }
}
