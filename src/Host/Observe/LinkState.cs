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

    /// <summary>Probes of the loop guard.</summary>
    public static LoopGuardSnapshot? LoopGuard(SwitchCore core) => core.Links?.Loops is not { } guard ? null
        : new LoopGuardSnapshot(guard.Counters.Sent, guard.Counters.Returned, guard.Counters.Late, guard.Counters.Forged);

    /// <summary>Bonds and what each of their links has agreed to.</summary>
    public static IEnumerable<BondSnapshot> Bonds(SwitchCore core) => core.Links?.Bonds is not LinkAggregator engine ? [] : core.Bonds.Ports.Select((port, group) => new BondSnapshot
    {
        Name = core.Plan.Ports[port].Name,
        Mode = EnumWords<LacpMode>.Of(core.Plan.Ports[port].Bond!.Mode),
        Usable = engine.Usable(group),
        Links = [.. engine.Members(group).Select(member => Of(core.Plan, member))],
    });

    /// <summary>A twin cannot agree with anybody: its links are as those of the switch were, or all in use if that is not known.</summary>
    public static void Rehearse(SwitchCore core, SwitchSnapshot? state, Timestamp now)
    {
        if (core.Links?.Bonds is not LinkAggregator engine || core.Vector.Trace is null)
        {
            return;
        }

        BondLinkSnapshot[] known = [.. (state?.Bonds ?? []).SelectMany(bond => bond.Links)];
        foreach (LinkMember member in core.Bonds.Ports.SelectMany((_, group) => engine.Members(group)))
        {
            BondLinkSnapshot? link = Array.Find(known, link => link.Port == core.Plan.Ports[member.Port].Name);
            if (link is null || link.Mux is "collecting" or "distributing")
            {
                engine.Assume(member.Port, link is null || link.Mux == "distributing", now);
            }
        }
    }

    private static BondLinkSnapshot Of(SwitchPlan plan, LinkMember member) => new()
    {
        Port = plan.Ports[member.Port].Name,
        IsUp = member.IsEnabled,
        IsSelected = member.IsSelected,
        Receiver = EnumWords<LacpReceiveState>.Of(member.Receiver),
        Mux = EnumWords<LacpMuxState>.Of(member.Mux),
        State = Words(member.Actor.State),
        Partner = member.Partner.System == MacAddress.Zero ? null : member.Partner.System,
        PartnerKey = member.Partner.Key,
        PartnerPort = member.Partner.Port,
        PartnerState = Words(member.Partner.State),
        Sent = member.Counters.Sent,
        Received = member.Counters.Received,
        Malformed = member.Counters.Malformed,
        Markers = member.Counters.Markers,
        Joined = member.Counters.Joined,
        Left = member.Counters.Left,
    };

    private static IReadOnlyList<string> Words(LacpState state) =>
        [.. Enum.GetValues<LacpState>().Where(bit => bit != LacpState.None && (state & bit) != 0).Select(bit => EnumWords<LacpState>.Of(bit))];

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
