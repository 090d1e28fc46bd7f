using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>What access lists decided, as tables.</summary>
internal static class AclView
{
    public static void Write(AclSnapshot? acl, ShowTopic topic)
    {
        if (acl is null)
        {
            Terminal.WriteLine("No access list is in force.");
            return;
        }

        if (topic != ShowTopic.AclConnections)
        {
            foreach (AclListSnapshot list in acl.Lists)
            {
                Terminal.Write($"Access list {list.Name}{(list.IsStateful ? ", stateful" : "")}: {(list.Places.Count == 0 ? "not in force" : string.Join(", ", list.Places))}", Tables.Of(
                    list.Rules,
                    ("rule", r => r.Name),
                    ("action", r => r.Action),
                    ("#packets", r => Tables.Count(r.Packets)),
                    ("#bytes", r => Tables.Count(r.Bytes))));
            }
        }

        if (topic == ShowTopic.AclConnections)
        {
            Terminal.Write("Connections of access lists", Tables.Of(
                acl.Connections,
                ("at", c => c.Port is not null ? $"port {c.Port}" : $"segment {c.Segment}"),
                ("opened", c => c.FromInside ? "from inside" : "from outside"),
                ("#protocol", c => $"{c.Protocol}"),
                ("source", c => $"{c.Source} {c.SourcePort}"),
                ("destination", c => $"{c.Destination} {c.DestinationPort}"),
                ("state", c => c.State),
                ("#expires s", c => Tables.Number(c.ExpiresSeconds))));
        }

        Terminal.WriteLine($"connections {Tables.Count(acl.ConnectionCount)}, refused {Tables.Count(acl.ConnectionsRefused)}");
    }
}
