using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>Turns a plan into the options of access control.</summary>
internal static class AclOptionsFactory
{
    /// <summary>Connections that a worker remembers which never has any: frames of stateful lists are the first worker's.</summary>
    private const int FewConnections = 16;

    /// <summary>Null if no list is in force anywhere.</summary>
    public static AccessFilter? Create(SwitchPlan plan, HashSeed seed, bool isHome) => !IsNeeded(plan) ? null : new AccessFilter(new AccessFilterOptions
    {
        Lists = plan.AccessLists,
        Ports = [.. plan.Ports.Select(port => port.Acl)],
        Segments = [.. plan.Segments.Select(segment => segment.Acl)],
        Connections = isHome ? plan.AclConnections : FewConnections,
        Seed = seed,
    });

    /// <summary>Whether a list is in force anywhere.</summary>
    public static bool IsNeeded(SwitchPlan plan) => plan.Ports.Any(port => port.Acl.IsAny) || plan.Segments.Any(segment => segment.Acl.IsAny);

    /// <summary>Whether a list that is in force remembers connections.</summary>
    public static bool IsStateful(SwitchPlan plan) =>
        plan.Ports.Select(port => port.Acl).Concat(plan.Segments.Select(segment => segment.Acl)).Any(acl => IsStateful(plan, acl));

    /// <summary>Ports whose incoming frames must be judged: by a list, or because connections are remembered.</summary>
    public static bool[] PortsIn(SwitchPlan plan) => [.. plan.Ports.Select(port => Concerns(plan, port, acl => acl.In >= 0))];

    /// <summary>Ports whose outgoing frames must be judged.</summary>
    public static bool[] PortsOut(SwitchPlan plan) => [.. plan.Ports.Select(port => Concerns(plan, port, acl => acl.Out >= 0))];

    /// <summary>Segments whose frames out of tunnels must be judged.</summary>
    public static bool[] SegmentsIn(SwitchPlan plan) => [.. plan.Segments.Select(segment => segment.Acl.In >= 0 || IsStateful(plan, segment.Acl))];

    private static bool Concerns(SwitchPlan plan, PortPlan port, Func<AclBinding, bool> direction) => port.Role == PortRole.Access && IsNeeded(plan)
        && plan.Segments.Where(segment => Observe.SwitchState.IsMember(port, segment.Vlan)).Select(segment => segment.Acl).Append(port.Acl).Any(acl => direction(acl) || IsStateful(plan, acl));

    private static bool IsStateful(SwitchPlan plan, AclBinding acl) =>
        (acl.In >= 0 && plan.AccessLists[acl.In].IsStateful) || (acl.Out >= 0 && plan.AccessLists[acl.Out].IsStateful);
}
