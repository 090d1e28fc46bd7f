using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>What policies of service and mirrors did, as tables.</summary>
internal static class QosView
{
    public static void Policies(IReadOnlyList<QosRuleSnapshot> rules) => Terminal.Write("Policies of service", Tables.Of(
        rules,
        ("port", r => r.Port),
        ("policy", r => r.Policy),
        ("rule", r => r.Rule),
        ("#green", r => Tables.Count(r.Green)),
        ("#yellow", r => Tables.Count(r.Yellow)),
        ("#red", r => Tables.Count(r.Red)),
        ("#bytes", r => Tables.Count(r.Bytes))));

    public static void Mirrors(IReadOnlyList<MirrorSnapshot> mirrors) => Terminal.Write("Mirrors", Tables.Of(
        mirrors,
        ("mirror", m => m.Name),
        ("from", m => string.Join(", ", m.From)),
        ("to", m => m.To),
        ("#copied", m => Tables.Count(m.Copied)),
        ("#missed", m => Tables.Count(m.Missed)),
        ("#above rate", m => Tables.Count(m.Limited))));
}
