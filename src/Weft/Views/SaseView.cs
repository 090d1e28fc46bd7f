using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>The part in a point of presence as tables.</summary>
internal static class SaseView
{
    public static void Write(SwitchSnapshot snapshot)
    {
        if (snapshot.Sase is not SaseSnapshot sase)
        {
            return;
        }

        Terminal.Write("Point of presence", Tables.Of(
            (SaseSnapshot[])[sase],
            ("name", s => s.Name),
            ("role", s => s.IsDraining ? "node, draining" : s.IsStatic ? "gateway, without nodes" : s.Role),
            ("address", s => s.Address),
            ("#into tunnels", s => Tables.Count(s.ToTunnel)),
            ("#out of tunnels", s => Tables.Count(s.FromTunnel)),
            ("#redirected", s => Tables.Count(s.Redirected)),
            ("#flows", s => Tables.Count(s.Flows)),
            ("#records sent", s => Tables.Count(s.RecordsSent)),
            ("#taken", s => Tables.Count(s.RecordsTaken)),
            ("#waited for backup", s => Tables.Count(s.CommitWaits)),
            ("#unconfirmed", s => Tables.Count(s.CommitsUnconfirmed)),
            ("#given up", s => Tables.Count(s.CommitsGivenUp)),
            ("#stale owner", s => Tables.Count(s.StaleOwner))));
        if (sase.Sessions is SaseSessionsSnapshot sessions)
        {
            Terminal.Write("Sessions", Tables.Of(
                (SaseSessionsSnapshot[])[sessions],
                ("file", s => s.File),
                ("#started", s => Tables.Count(s.Started)),
                ("#ended", s => Tables.Count(s.Ended)),
                ("#blocked", s => Tables.Count(s.Blocked)),
                ("#unsaid", s => Tables.Count(s.Unsaid)),
                ("#lost", s => Tables.Count(s.Lost)),
                ("#unwritten", s => Tables.Count(s.Unwritten))));
        }

        Terminal.Write("Members", Tables.Of(
            sase.Members,
            ("member", m => m.Address),
            ("role", m => m.Role),
            ("BFD", m => m.Bfd),
            ("#down after", m => $"{Tables.Number((long)m.DetectionMilliseconds)} ms")));
        Terminal.Write("Bundles", Tables.Of(
            sase.Bundles,
            ("#bundle", b => $"{b.Bundle}"),
            ("epoch", b => b.Epoch),
            ("role", b => b.Role),
            ("node", b => b.Node < 0 ? "none" : $"{b.Node}"),
            ("backup", b => b.Backup < 0 ? "none" : $"{b.Backup}{(b.InSync ? ", in sync" : "")}")));
        Terminal.Write("Tenants", Tables.Of(
            sase.Tenants,
            ("tenant", t => t.Name),
            ("#VNI", t => $"{t.Vni}"),
            ("#bundle", t => $"{t.Bundle}"),
            ("#flows", t => Tables.Count(t.Flows))));
    }
}
