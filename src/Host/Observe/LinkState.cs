using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Links;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>Reads out what is known of neighbours.</summary>
internal static class LinkState
{
    public static LldpSnapshot? Lldp(SwitchCore core, Timestamp now)
    {
        if (core.Links?.Lldp is not LldpAgent agent)
        {
            return null;
        }

        (int Index, PortPlan Item)[] ports = [.. core.Plan.Ports.Index().Where(port => port.Item.Lldp != LldpMode.Off)];
        return new LldpSnapshot(
            LinkIdentity.Of(core.Plan),
            [.. ports.Select(port => Of(port.Item, agent.Counters(port.Index)))],
            [.. ports.SelectMany(port => agent.Neighbors(port.Index).Select(neighbor => Of(port.Item, neighbor, now)))]);
    }

    private static LldpPortSnapshot Of(PortPlan port, in LldpCounters counters) => new()
    {
        Port = port.Name,
        Mode = port.Lldp.ToString().ToLowerInvariant(),
        Sent = counters.Sent,
        Received = counters.Received,
        Discarded = counters.Discarded,
        InErrors = counters.InErrors,
        TlvsDiscarded = counters.TlvsDiscarded,
        TlvsUnrecognized = counters.TlvsUnrecognized,
        AgedOut = counters.AgedOut,
        TooManyNeighbors = counters.TooManyNeighbors,
    };

    private static LldpNeighborSnapshot Of(PortPlan port, LldpNeighbor neighbor, Timestamp now) => new()
    {
        Port = port.Name,
        Chassis = LldpWords.ChassisOf(neighbor),
        NeighborPort = LldpWords.PortOf(neighbor),
        System = LldpWords.Text(neighbor.SystemName),
        Description = LldpWords.Text(neighbor.SystemDescription),
        PortDescription = LldpWords.Text(neighbor.PortDescription),
        Capabilities = LldpWords.CapabilitiesOf(neighbor),
        ManagementAddress = LldpWords.ManagementOf(neighbor),
        Pvid = neighbor.Pvid == 0 ? null : neighbor.Pvid,
        MaxFrameBytes = neighbor.MaxFrameBytes == 0 ? null : neighbor.MaxFrameBytes,
        AgeSeconds = (now - neighbor.Since).TotalSeconds,
        ExpiresSeconds = Math.Max(0, (neighbor.Expires - now).TotalSeconds),
    };
}
