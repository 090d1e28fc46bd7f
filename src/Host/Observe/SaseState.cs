using Weft.Bfd;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Presence;
using Weft.Packets;
using Weft.Sase;

namespace Weft.Host.Observe;

/// <summary>Pictures of the part in a point of presence.</summary>
internal static class SaseState
{
    public static SaseSnapshot Capture(SwitchCore core, SasePoint point)
    {
        ManagedServiceNode? node = point.Node;
        CloudGateway? gateway = point.Gateway;
        return new SaseSnapshot
        {
            Name = point.Plan.Name,
            Role = node is null ? "gateway" : "node",
            Address = point.Plan.Address.ToString(),
            IsDraining = node?.IsDraining ?? false,
            IsStatic = gateway?.IsStatic ?? false,
            ToTunnel = gateway?.Counters.ToNode ?? node!.Counters.ToTunnel,
            FromTunnel = gateway?.Counters.ToTenant ?? node!.Counters.ToUplink,
            Redirected = node?.Counters.Redirected ?? 0,
            Flows = node?.FlowCount ?? 0,
            Bindings = node?.BindingCount ?? 0,
            RecordsSent = node?.Counters.RecordsSent ?? 0,
            RecordsTaken = node?.Counters.RecordsTaken ?? 0,
            CommitWaits = node?.Counters.CommitWaits ?? 0,
            CommitsWaiting = node?.WaitingPackets ?? 0,
            CommitsUnconfirmed = node is null ? 0 : node.Counters.CommitsExpired + node.Counters.CommitsSkipped,
            CommitsGivenUp = node?.Counters.Drops[SaseDrop.Uncommitted] ?? 0,
            StaleOwner = gateway?.Counters.Drops[SaseDrop.StaleOwner] ?? 0,
            Sessions = node is null || point.Plan.SessionLogPath is null ? null : Sessions(point, node.Counters),
            Members = [.. point.Members.Select(member => new SaseMemberSnapshot(member.Address.ToString(), member.Node < 0 ? "gateway" : "node", EnumWords<BfdState>.Of(member.Session.State), member.Session.DetectionTime.TotalMilliseconds))],
            Bundles = [.. point.Plan.Tenants.Select(tenant => tenant.Segment.Bundle).Distinct().Order().Select(bundle => Bundle(bundle, gateway, node))],
            Tenants = [.. point.Plan.Tenants.Select(tenant => new SaseTenantSnapshot(tenant.Name, tenant.Segment.Vni, tenant.Segment.Bundle, node?.FlowsOf(tenant.Segment.Vni) ?? 0))],
        };
    }

    private static SaseSessionsSnapshot Sessions(SasePoint point, in ServiceNodeCounters counters) =>
        new(point.Plan.SessionLogPath!, counters.SessionsStarted, counters.SessionsEnded, counters.SessionsBlocked, counters.SessionBlocksUnsaid, counters.SessionRecordsLost, point.SessionsUnwritten);

    private static SaseBundleSnapshot Bundle(int bundle, CloudGateway? gateway, ManagedServiceNode? node)
    {
        if (gateway is not null)
        {
            return new SaseBundleSnapshot(bundle, gateway.EpochOf(bundle).ToString(), "gateway", gateway.TargetOf(bundle), -1, false);
        }

        Epoch epoch = node!.EpochOf(bundle);
        return new SaseBundleSnapshot(bundle, epoch.ToString(), EnumWords<BundleRole>.Of(node.RoleOf(bundle)), epoch.IsNone ? -1 : epoch.Node, node.BackupOf(bundle), node.IsInSync(bundle));
    }
}
