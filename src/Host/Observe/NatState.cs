using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Balancing;
using Weft.Host.Datapath.Translation;
using Weft.Lb;
using Weft.Nat;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>Pictures of address translation and of ways back, and what another switch takes over from them.</summary>
internal static class NatState
{
    private const int Chunk = 64;

    public static IEnumerable<NatSnapshot> Capture(SwitchCore core, Timestamp now, SnapshotParts parts) =>
        core.Translators.All.Select(nat => Capture(core, nat, now, parts));

    public static IEnumerable<LbSnapshot> CaptureLbs(SwitchCore core, Timestamp now, SnapshotParts parts) => core.ReturnPaths.All.Select(path => new LbSnapshot
    {
        Name = path.Plan.Name,
        Router = core.Plan.Routers[path.Plan.Router].Name,
        Members = [.. path.Plan.Members.Select((member, index) => new LbMemberSnapshot(member.Name, member.Mac, path.Table.StateOf(path.IdOf(index)).ToString().ToLowerInvariant(), path.Table.FlowsOf(path.IdOf(index))))],
        Flows = path.Table.Count,
        FlowList = parts.HasFlag(SnapshotParts.LbFlows) ? [.. LbFlowList.Of(path, now)] : [],
        Redirected = path.Table.Counters.Redirected,
        Routed = path.Table.Counters.Routed,
        Export = parts.HasFlag(SnapshotParts.FlowExport) ? Export(path.Table, now) : null,
    });

    /// <summary>Takes over the flows of translators and load balancers of the same name.</summary>
    public static void Restore(SwitchCore core, SwitchSnapshot state, Timestamp now)
    {
        foreach (Translator nat in core.Translators.All)
        {
            if (state.Nats.FirstOrDefault(known => known.Name == nat.Plan.Name)?.Export is byte[] export)
            {
                _ = nat.Engine.Import(export, now);
            }
        }

        foreach (ReturnPath path in core.ReturnPaths.All)
        {
            if (state.Lbs.FirstOrDefault(lb => lb.Name == path.Plan.Name) is { Export: byte[] export } known)
            {
                path.TakeOver(export, known.Members.Select(member => member.Mac), now);
            }
        }
    }

    /// <summary>The plan for a twin, which has the blocks that its original leased and leases none of its own.</summary>
    public static SwitchPlan WithBlocksOf(SwitchPlan plan, SwitchSnapshot? state) => plan with
    {
        Nats = [.. plan.Nats.Select(nat => nat.Shared is null ? nat : nat with
        {
            Blocks = [.. state?.Nats.FirstOrDefault(known => known.Name == nat.Name)?.Blocks.Select(BlockOf) ?? []],
        })],
    };

    private static PortBlock BlockOf(NatBlockSnapshot block) =>
        new(IPv4Address.Parse(block.Address), (ushort)block.First, (byte)System.Numerics.BitOperations.Log2((uint)(block.Last - block.First + 1)), block.Lease);

    private static NatSnapshot Capture(SwitchCore core, Translator nat, Timestamp now, SnapshotParts parts)
    {
        ref readonly NatCounters counters = ref nat.Engine.Counters;
        return new NatSnapshot
        {
            Name = nat.Plan.Name,
            Router = core.Plan.Routers[nat.Plan.Router].Name,
            Blocks = [.. nat.Blocks.OrderBy(block => block.Address.Value).ThenBy(block => block.First).Select(block => Capture(nat, block, now))],
            Entries = nat.Engine.EntryCount,
            Machines = nat.Engine.MachineCount,
            Outbound = counters.TranslatedOutbound,
            Inbound = counters.TranslatedInbound,
            Hairpinned = counters.Hairpinned,
            Redirected = counters.Redirected,
            Decapsulated = nat.Tunnel?.Counters.Decapsulated ?? 0,
            Refused = counters.PortsExhausted + counters.QuotaExceeded + counters.TableFull,
            Sessions = parts.HasFlag(SnapshotParts.NatSessions) ? [.. Sessions(nat.Engine, now)] : [],
            Export = parts.HasFlag(SnapshotParts.FlowExport) ? Export(nat.Engine, now) : null,
        };
    }

    private static NatBlockSnapshot Capture(Translator nat, PortBlock block, Timestamp now)
    {
        _ = nat.Engine.TryGetBlock(block, now, out PortBlockState state);
        return new NatBlockSnapshot(block.Address.ToString(), block.First, block.Last, state.Free, state.Used, state.Resting, state.Draining, block.LeaseEpoch);
    }

    private static List<NatSessionSnapshot> Sessions(NatEngine engine, Timestamp now)
    {
        var all = new List<NatSessionSnapshot>(engine.EntryCount);
        var chunk = new NatFlow[Chunk];
        int cursor = 0;
        do
        {
            int count = engine.CopyTo(ref cursor, chunk, now);
            foreach (NatFlow flow in chunk.AsSpan(0, count))
            {
                string? remote = flow.Remote == default ? null : flow.RemotePort == 0 ? flow.Remote.ToString() : $"{flow.Remote}:{flow.RemotePort}";
                all.Add(new NatSessionSnapshot(flow.Protocol.ToString().ToLowerInvariant(), $"{flow.Inside}:{flow.InsidePort}", $"{flow.Outside}:{flow.OutsidePort}", remote, flow.IsStatic, flow.IdleSeconds));
            }
        }
        while (cursor != 0);
        all.Sort((left, right) => string.CompareOrdinal($"{left.Inside} {left.Remote}", $"{right.Inside} {right.Remote}"));
        return all;
    }

    private static byte[] Export(NatEngine engine, Timestamp now)
    {
        byte[] bytes = new byte[engine.MaxExportLength];
        return bytes[..engine.Export(bytes, now)];
    }

    private static byte[] Export(ReturnPathTable table, Timestamp now)
    {
        byte[] bytes = new byte[table.MaxExportLength];
        return bytes[..table.Export(bytes, now)];
    }
}
