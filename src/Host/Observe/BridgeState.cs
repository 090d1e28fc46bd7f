using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Workers;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>Reads the tables of a bridge out, and fills those of another with what was read.</summary>
internal static class BridgeState
{
    private const int Chunk = 256;

    /// <summary>Enters the configured entries.</summary>
    public static void Pin(SwitchCore core)
    {
        foreach (SegmentPlan segment in core.Plan.Segments)
        {
            foreach (StaticMacPlan entry in segment.StaticEntries)
            {
                BridgeLocation where = entry.Peer is TunnelAddress peer
                    ? BridgeLocation.Vtep(core.Topology.PeerOf(segment.Vtep, peer))
                    : BridgeLocation.Port(entry.Port);
                _ = core.Bridge.Macs.AddStatic(segment.Vlan, entry.Mac, where);
            }
        }
    }

    /// <summary>Takes the configured entries out again.</summary>
    private static void Unpin(SwitchCore core)
    {
        foreach (SegmentPlan segment in core.Plan.Segments)
        {
            foreach (StaticMacPlan entry in segment.StaticEntries)
            {
                _ = core.Bridge.Macs.RemoveStatic(segment.Vlan, entry.Mac);
            }
        }

        core.Routers.Unpin(core.Bridge.Macs);
    }

    /// <summary>Goes on with what was learned under the configuration before, as far as segment, port and peer exist by name.</summary>
    public static void CarryOver(SwitchCore core, SwitchCore old, NewNumbers numbers, Timestamp now)
    {
        if (core.Bridge.Shares(old.Bridge))
        {
            Unpin(old);
            // Nothing is learned where a router is.
            core.Bridge.TakeOver(old.Bridge, [.. numbers.Ports, .. Enumerable.Range(old.Plan.Ports.Count, old.Plan.Routers.Count)], numbers.Peers);
            Pin(core);
            core.Routers.Pin(core.Bridge.Macs);
            return;
        }

        Pin(core);
        core.Routers.Pin(core.Bridge.Macs);
        CopyMacs(core, old, numbers, now);
        CopyBindings(core, old, numbers, now);
    }

    private static void CopyMacs(SwitchCore core, SwitchCore old, NewNumbers numbers, Timestamp now)
    {
        var chunk = new FilteringEntry[Chunk];
        int cursor = 0;
        do
        {
            int count = old.Bridge.Macs.CopyTo(ref cursor, chunk, now);
            foreach (ref readonly FilteringEntry entry in chunk.AsSpan(0, count))
            {
                int segment = numbers.Segments[old.Topology.SegmentOfVlan(entry.Vlan)];
                if (!entry.IsStatic && segment >= 0 && core.Plan.Segments[segment] is { Learning: true } plan && Locate(core, segment, entry.Where, numbers) is BridgeLocation where)
                {
                    _ = core.Bridge.Macs.Learn(plan.Vlan, entry.Mac, where, now - entry.Age);
                }
            }
        }
        while (cursor != 0);
    }

    private static void CopyBindings(SwitchCore core, SwitchCore old, NewNumbers numbers, Timestamp now)
    {
        var chunk = new AddressBindingEntry[Chunk];
        int cursor = 0;
        do
        {
            int count = old.Bridge.Bindings.CopyTo(ref cursor, chunk, now);
            foreach (ref readonly AddressBindingEntry entry in chunk.AsSpan(0, count))
            {
                int segment = numbers.Segments[old.Topology.SegmentOfVlan(entry.Vlan)];
                if (segment >= 0)
                {
                    TunnelAddress address = entry.IsIPv4 ? new TunnelAddress(entry.V4) : new TunnelAddress(entry.Address);
                    Restore(core, address, entry.Binding.Mac, entry.Binding.IsRouter, core.Plan.Segments[segment].Vlan, now - entry.Age);
                }
            }
        }
        while (cursor != 0);
        foreach (AnsweredQuestion question in old.Bridge.Bindings.ListQuestions(now))
        {
            int before = old.Topology.SegmentOfVlan(question.Vlan);
            int segment = before < 0 ? -1 : numbers.Segments[before];
            if (segment >= 0)
            {
                core.Bridge.Bindings.Restore(question with { Vlan = core.Plan.Segments[segment].Vlan }, now);
            }
        }
    }

    private static BridgeLocation? Locate(SwitchCore core, int segment, BridgeLocation before, NewNumbers numbers)
    {
        if (before.IsVtep)
        {
            int peer = numbers.Peers[before.Index];
            return peer >= 0 && core.Topology.IsMember(segment, peer) ? BridgeLocation.Vtep(peer) : null;
        }

        int port = before.Index < numbers.Ports.Length ? numbers.Ports[before.Index] : -1;
        return port >= 0 && SwitchState.IsMember(core.Plan.Ports[port], core.Plan.Segments[segment].Vlan) ? BridgeLocation.Port(port) : null;
    }

    /// <summary>The filtering database, in the order of segment and address: of each address the latest sighting of all workers.</summary>
    public static List<FdbEntrySnapshot> Macs(IReadOnlyList<SwitchCore> cores, Timestamp now)
    {
        if (cores.Count == 1)
        {
            return Macs(cores[0], now);
        }

        IEnumerable<FdbEntrySnapshot> all = cores.SelectMany(core => Macs(core, now));
        return [.. all.GroupBy(entry => (entry.Segment, entry.Mac)).Select(entries => entries.MinBy(entry => entry.AgeSeconds)!).OrderBy(entry => entry.Segment, StringComparer.Ordinal).ThenBy(entry => entry.Mac)];
    }

    private static List<FdbEntrySnapshot> Macs(SwitchCore core, Timestamp now)
    {
        var all = new List<FdbEntrySnapshot>(core.Bridge.Macs.Count);
        var chunk = new FilteringEntry[Chunk];
        int cursor = 0;
        do
        {
            int count = core.Bridge.Macs.CopyTo(ref cursor, chunk, now);
            foreach (FilteringEntry entry in chunk.AsSpan(0, count))
            {
                string segment = core.Plan.Segments[core.Topology.SegmentOfVlan(entry.Vlan)].Name;
                string? port = entry.Where.IsVtep ? null
                    : core.Topology.IsRouter(entry.Where) ? $"({core.Topology.NameOf(entry.Where)})"
                    : core.Plan.Ports[entry.Where.Index].Name;
                TunnelAddress? peer = entry.Where.IsVtep ? core.Topology.Peers[entry.Where.Index].Address : null;
                all.Add(new FdbEntrySnapshot(segment, entry.Mac, port, peer, entry.IsStatic, entry.Age.TotalSeconds, entry.IsHeld, !entry.IsStatic && !entry.Where.IsVtep && core.Plan.Ports[entry.Where.Index].Learning.IsSticky));
            }
        }
        while (cursor != 0);

        all.Sort((left, right) => string.CompareOrdinal(left.Segment, right.Segment) is int order and not 0 ? order : left.Mac.CompareTo(right.Mac));
        return all;
    }

    /// <summary>The suppression bindings.</summary>
    public static List<BindingSnapshot> Bindings(SwitchCore core, Timestamp now)
    {
        var all = new List<BindingSnapshot>();
        var chunk = new AddressBindingEntry[Chunk];
        int cursor = 0;
        do
        {
            int count = core.Bridge.Bindings.CopyTo(ref cursor, chunk, now);
            foreach (AddressBindingEntry entry in chunk.AsSpan(0, count))
            {
                string segment = core.Plan.Segments[core.Topology.SegmentOfVlan(entry.Vlan)].Name;
                TunnelAddress address = entry.IsIPv4 ? new TunnelAddress(entry.V4) : new TunnelAddress(entry.Address);
                all.Add(new BindingSnapshot(segment, address, entry.Binding.Mac, entry.Binding.IsRouter, entry.Age.TotalSeconds));
            }
        }
        while (cursor != 0);

        all.Sort((left, right) => string.CompareOrdinal($"{left.Segment} {left.Address}", $"{right.Segment} {right.Address}"));
        return all;
    }

    /// <summary>Who was lately answered, latest first.</summary>
    public static IEnumerable<QuestionSnapshot> Questions(SwitchCore core, Timestamp now) =>
        from question in core.Bridge.Bindings.ListQuestions(now)
        where core.Topology.SegmentOfVlan(question.Vlan) >= 0
        orderby question.Age, question.Asker
        select new QuestionSnapshot(
            core.Plan.Segments[core.Topology.SegmentOfVlan(question.Vlan)].Name,
            question.Asker,
            question.IsIPv4 ? new TunnelAddress(question.V4) : new TunnelAddress(question.Target),
            question.Age.TotalSeconds);

    /// <summary>Learns what a snapshot remembers.</summary>
    public static void Restore(SwitchCore core, SwitchSnapshot state, Timestamp now)
    {
        Dictionary<string, int> segments = core.Plan.Segments.Index().ToDictionary(item => item.Item.Name, item => item.Index);
        Dictionary<string, int> ports = core.Plan.Ports.Index().ToDictionary(item => item.Item.Name, item => item.Index);
        foreach (FdbEntrySnapshot entry in state.Fdb)
        {
            if (entry.IsStatic || !segments.TryGetValue(entry.Segment, out int segment))
            {
                continue;
            }

            SegmentPlan plan = core.Plan.Segments[segment];
            if (plan.Learning && Locate(core, plan, segment, entry, ports) is BridgeLocation where)
            {
                _ = core.Bridge.Macs.Learn(plan.Vlan, entry.Mac, where, now - TimeSpan.FromSeconds(entry.AgeSeconds));
            }
        }

        foreach (BindingSnapshot binding in state.Bindings)
        {
            if (segments.TryGetValue(binding.Segment, out int segment))
            {
                Restore(core, binding.Address, binding.Mac, binding.IsRouter, core.Plan.Segments[segment].Vlan, now - TimeSpan.FromSeconds(binding.AgeSeconds));
            }
        }

        foreach (QuestionSnapshot question in state.Questions.Where(question => segments.ContainsKey(question.Segment)))
        {
            IPv6Address target = question.Address.IsIPv6 ? question.Address.V6 : new IPv6Address(0, question.Address.V4.Value);
            core.Bridge.Bindings.Restore(
                new AnsweredQuestion(core.Plan.Segments[segments[question.Segment]].Vlan, question.Asker, !question.Address.IsIPv6, target, TimeSpan.FromSeconds(question.AgeSeconds)), now);
        }
    }

    private static void Restore(SwitchCore core, TunnelAddress address, MacAddress mac, bool isRouter, ushort vlan, Timestamp heard)
    {
        if (address.IsIPv6)
        {
            core.Bridge.Bindings.Learn(vlan, address.V6, mac, isRouter, heard);
        }
        else
        {
            core.Bridge.Bindings.Learn(vlan, address.V4, mac, heard);
        }
    }

    private static BridgeLocation? Locate(SwitchCore core, SegmentPlan plan, int segment, FdbEntrySnapshot entry, Dictionary<string, int> ports)
    {
        if (entry.Peer is TunnelAddress address)
        {
            int peer = core.Topology.PeerOf(plan.Vtep, address);
            return peer >= 0 && core.Topology.IsMember(segment, peer) ? BridgeLocation.Vtep(peer) : null;
        }

        return ports.TryGetValue(entry.Port ?? "", out int port) && SwitchState.IsMember(core.Plan.Ports[port], plan.Vlan) ? BridgeLocation.Port(port) : null;
    }
}
