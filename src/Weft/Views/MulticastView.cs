using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>Multicast as tables: who queries and listens, what is remembered, what was counted.</summary>
internal static class MulticastView
{
    public static void Write(MulticastSnapshot? multicast, ShowTopic topic)
    {
        if (multicast is null)
        {
            if (topic != ShowTopic.All)
            {
                Terminal.WriteLine("no segment snoops; see segments[].multicast.snooping");
            }

            return;
        }

        if (topic != ShowTopic.MulticastFlows)
        {
            Segments(multicast);
            Groups(multicast);
        }

        if (topic != ShowTopic.MulticastGroups)
        {
            Flows(multicast);
        }

        MulticastCountersSnapshot counters = multicast.Counters;
        Terminal.WriteLine(
            $"multicast: {Tables.Count(counters.FastPath)} replayed + {Tables.Count(counters.SlowPath)} recorded made {Tables.Count(counters.Replicas)} replicas; {Tables.Count(counters.NoListener)} without listener, {Tables.Count(counters.Scope)} out of scope, {Tables.Count(counters.ReversePath)} from the wrong side; {Tables.Count(counters.Reports)} reports, {Tables.Count(counters.Queries)} queries heard, {Tables.Count(counters.QueriesSent)} sent; refused by limits: {Tables.Count(counters.GroupLimit)} joins, {Tables.Count(counters.SourceLimit)} filters");
    }

    private static void Segments(MulticastSnapshot multicast) => Terminal.Write("Multicast segments", Tables.Of(
        multicast.Segments,
        ("segment", s => s.Segment),
        ("family", s => s.Family),
        ("querier", s => s.IsQuerier ? "this switch" : s.OtherQuerier?.ToString() ?? "nobody"),
        ("#for", s => s.QuerierSeconds > 0 ? $"{Tables.Number(s.QuerierSeconds)} s" : "-"),
        ("routers", s => string.Join(", ", s.Routers.Select(router => Place(router.Port, router.Peer?.ToString())).DefaultIfEmpty("-"))),
        ("unregistered", s => s.IsSettled || s.Unregistered != "flood-until-querier" ? s.Unregistered : "flood-until-querier, flooded now")));

    private static void Groups(MulticastSnapshot multicast) => Terminal.Write("Multicast groups", Tables.Of(
        multicast.Groups,
        ("segment", g => g.Segment),
        ("group", g => g.Group.ToString()),
        ("at", g => Place(g.Port, g.Peer?.ToString())),
        ("sources", Sources),
        ("kind", g => g.IsStatic ? "static" : g.Hosts.Count > 0 ? $"joined by {g.Hosts.Count}{(g.HostsAreAll ? "" : " or more")}" : "joined"),
        ("#ends in", g => g.IsStatic ? "-" : $"{Tables.Number(g.Mode == "exclude" ? g.RemainingSeconds : g.Sources.Select(source => source.RemainingSeconds).DefaultIfEmpty().Max())} s")));

    private static void Flows(MulticastSnapshot multicast)
    {
        Terminal.Write("Multicast flows", Tables.Of(
            multicast.Flows,
            ("segment", f => f.Segment),
            ("from", f => f.Ingress),
            ("source", f => f.Source?.ToString() ?? "any"),
            ("group", f => f.Group.ToString()),
            ("#frames", f => Tables.Count(f.Frames)),
            ("actions", f => string.Join("; ", f.Actions.Select(action => action.Trim())) + (f.IsCurrent ? "" : " (to be recorded anew)"))));
    }

    private static string Sources(MulticastGroupSnapshot group)
    {
        string wanted = string.Join(", ", group.Sources.Select(source => source.Address));
        string blocked = string.Join(", ", group.Blocked);
        return group.Mode == "include" ? $"only {wanted}" : blocked.Length > 0 ? $"all but {blocked}" : "all";
    }

    private static string Place(string? port, string? peer) => port is not null ? $"port {port}" : $"peer {peer}";
}
