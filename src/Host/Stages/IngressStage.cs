using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Links;
using Weft.Host.Datapath.Protection;
using Weft.Host.Datapath.Workers;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>Finds every header once and sends underlay frames to their tunnels, all others to the bridge.</summary>
internal sealed class IngressStage(SwitchTopology topology, PortShutdowns? shutdowns) : IGraphStage
{
    private readonly StageId[] _next = [.. BehindLink(topology).Zip(LinkDriver.Concerns(topology.Plan), (next, isConcerned) => isConcerned ? StageId.Link : next)];

    public StageId Id => StageId.Ingress;

    public StagePlacement Placement => StagePlacement.Anywhere;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            ref PacketContext context = ref vector[slot];
            bool parsed = PacketLayout.TryParse(vector.Bytes(slot), out context.Layout);
            vector.Trace?.Note(Id, Describe(context));
            if (shutdowns is not null && shutdowns.IsShut(context.Ingress))
            {
                vector.Trace?.Note(Id, $"the switch has shut port {topology.Plan.Ports[context.Ingress].Name}");
                vector.Drop(slot, DropReason.PortShut);
            }
            else if (parsed)
            {
                vector.Forward(slot, _next[context.Ingress]);
            }
            else
            {
                vector.Drop(slot, ReasonOf(context.Layout.Error));
            }
        }
    }

    /// <summary>Where frames of each port go that are not for the switch itself.</summary>
    public static StageId[] BehindLink(SwitchTopology topology) => topology.Plan.Workers == 1 ? Next(topology) : [.. topology.Plan.Ports.Select(_ => StageId.Dispatch)];

    /// <summary>Where frames of each port go once their headers are known and they are at their worker.</summary>
    public static StageId[] Next(SwitchTopology topology) =>
        [.. topology.Plan.Ports.Select((port, index) => port.Role == PortRole.Underlay ? UnderlayStage(topology, port) : topology.EntryOfPort(index))];

    /// <summary>The reason behind a frame that cannot be laid out.</summary>
    internal static DropReason ReasonOf(LayoutError error) => error switch
    {
        LayoutError.VlanTruncated => DropReason.VlanTagTruncated,
        LayoutError.VlanStackTooDeep => DropReason.VlanStackTooDeep,
        LayoutError.FrameTooLong => DropReason.FrameTooLong,
        _ => DropReason.FrameTooShort,
    };

    /// <summary>Ports without protected endpoints have no use for a look at ESP.</summary>
    private static StageId UnderlayStage(SwitchTopology topology, PortPlan port) =>
        topology.Plan.Vteps.Any(vtep => vtep.Security.Count > 0 && topology.Plan.Ports[vtep.Port] == port) ? StageId.Open : StageId.Decap;

    private string Describe(in PacketContext context)
    {
        PacketLayout layout = context.Layout;
        string tag = layout.VlanTags == 0 ? "untagged" : $"VLAN {layout.VlanId}";
        string damage = layout.Error == LayoutError.None ? "" : $", {layout.Error}";
        return $"{context.Packet.Length} bytes from port {topology.Plan.Ports[context.Ingress].Name}, {tag}, EtherType {layout.EtherType}{damage}";
    }
}
