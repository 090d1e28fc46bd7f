using Weft.Bridge;
using Weft.Flows;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Workers;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>Reads out what access lists decided, and hands connections to another switch.</summary>
internal static class AclSnapshots
{
    public static AclSnapshot? Capture(IReadOnlyList<SwitchCore> cores, Timestamp now, SnapshotParts parts)
    {
        SwitchCore core = cores[WorkerLink.Home];
        return core.Acl is not AccessFilter filter ? null : new AclSnapshot
        {
            Lists = [.. core.Plan.AccessLists.Select((list, place) => ListOf(cores, list, place))],
            ConnectionCount = filter.ConnectionCount,
            ConnectionsRefused = filter.ConnectionsRefused,
            Connections = parts.HasFlag(SnapshotParts.AclConnections) ? [.. filter.Connections(now).Select(connection => Of(core.Plan, connection, now))] : [],
        };
    }

    /// <summary>Takes connections over, as far as port or segment exists by name and its lists would permit them.</summary>
    public static void Restore(SwitchCore core, SwitchSnapshot state, Timestamp now)
    {
        if (core.Acl is not AccessFilter filter || !core.Link.IsHome)
        {
            return;
        }

        foreach (AclConnectionSnapshot known in state.Acl?.Connections ?? [])
        {
            int zone = known.Port is not null
                ? Position.Of(core.Plan.Ports, port => port.Name == known.Port)
                : Position.Of(core.Plan.Segments, segment => segment.Name == known.Segment) is >= 0 and int segment ? core.Plan.Ports.Count + segment : -1;
            if (zone >= 0 && Enum.TryParse(known.State, ignoreCase: true, out TcpState tcp))
            {
                _ = filter.Restore(new AclConnection(
                    zone, known.FromInside, !known.Source.IsIPv6, MappedOf(known.Source), MappedOf(known.Destination), (IpProtocol)known.Protocol, (ushort)known.SourcePort, (ushort)known.DestinationPort, tcp, now + TimeSpan.FromSeconds(known.ExpiresSeconds)));
            }
        }
    }

    /// <summary>Goes on with the connections of the configuration before, as far as port or segment exists by name and its lists would permit them.</summary>
    public static void CarryOver(SwitchCore core, SwitchCore old, NewNumbers numbers, Timestamp now)
    {
        if (core.Acl is not AccessFilter filter || old.Acl is null || !core.Link.IsHome)
        {
            return;
        }

        int ports = old.Plan.Ports.Count;
        foreach (AclConnection known in old.Acl.Connections(now))
        {
            int zone = known.Zone < ports ? numbers.Ports[known.Zone] : numbers.Segments[known.Zone - ports] is >= 0 and int segment ? core.Plan.Ports.Count + segment : -1;
            if (zone >= 0)
            {
                _ = filter.Restore(known with { Zone = zone });
            }
        }
    }

    private static AclListSnapshot ListOf(IReadOnlyList<SwitchCore> cores, AccessList list, int place)
    {
        SwitchPlan plan = cores[WorkerLink.Home].Plan;
        IEnumerable<(string What, AclBinding Acl)> places = [.. plan.Ports.Select(port => ($"port {port.Name}", port.Acl)), .. plan.Segments.Select(segment => ($"segment {segment.Name}", segment.Acl))];
        return new AclListSnapshot(
            list.Name,
            list.IsStateful,
            [.. places.SelectMany<(string What, AclBinding Acl), string>(at => [.. at.Acl.In == place ? [$"in of {at.What}"] : Array.Empty<string>(), .. at.Acl.Out == place ? [$"out of {at.What}"] : Array.Empty<string>()])],
            [.. Enumerable.Range(0, list.Rules.Count + 1).Select(rule => RuleOf(cores, list, place, rule))]);
    }

    private static AclRuleSnapshot RuleOf(IReadOnlyList<SwitchCore> cores, AccessList list, int place, int rule)
    {
        AclCount count = cores.Aggregate(default(AclCount), (sum, core) => sum + core.Acl!.CountsOf(place)[rule]);
        return rule < list.Rules.Count
            ? new AclRuleSnapshot(list.Rules[rule].Name, EnumWords<AclAction>.Of(list.Rules[rule].Action), count.Packets, count.Bytes)
            : new AclRuleSnapshot("default", EnumWords<AclAction>.Of(list.Default), count.Packets, count.Bytes);
    }

    private static AclConnectionSnapshot Of(SwitchPlan plan, in AclConnection connection, Timestamp now)
    {
        bool isPort = connection.Zone < plan.Ports.Count;
        return new AclConnectionSnapshot(
            isPort ? plan.Ports[connection.Zone].Name : null,
            isPort ? null : plan.Segments[connection.Zone - plan.Ports.Count].Name,
            connection.IsFromInside,
            AddressOf(connection.IsIPv4, connection.Source),
            AddressOf(connection.IsIPv4, connection.Destination),
            (int)connection.Protocol,
            connection.SourcePort,
            connection.DestinationPort,
            connection.State.ToString().ToLowerInvariant(),
            (connection.Expires - now).TotalSeconds);
    }

    private static TunnelAddress AddressOf(bool isIPv4, IPv6Address address) => isIPv4 ? new TunnelAddress(new IPv4Address((uint)address.Low)) : new TunnelAddress(address);

    private static IPv6Address MappedOf(TunnelAddress address) => address.IsIPv6 ? address.V6 : IPv6Address.MapIPv4(address.V4);
}
