using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath;
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
                Restore(core, binding, core.Plan.Segments[segment].Vlan, now - TimeSpan.FromSeconds(binding.AgeSeconds));
            }
        }
    }

    private static void Restore(SwitchCore core, BindingSnapshot binding, ushort vlan, Timestamp heard)
    {
        if (binding.Address.IsIPv6)
        {
            core.Bridge.Bindings.Learn(vlan, binding.Address.V6, binding.Mac, binding.IsRouter, heard);
        }
        else
        {
            core.Bridge.Bindings.Learn(vlan, binding.Address.V4, binding.Mac, heard);
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
