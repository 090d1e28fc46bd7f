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

    public static void Queues(IReadOnlyList<EgressQueueSnapshot> queues)
    {
        if (queues.Count > 0)
        {
            Terminal.Write("Queues in front of ports", Tables.Of(
                queues,
                ("port", q => q.Port),
                ("#queue", q => $"{q.Queue}"),
                ("order", q => q.Weight is int weight ? $"weight {weight}" : "strict"),
                ("#waiting", q => Tables.Count(q.Waiting)),
                ("#most", q => Tables.Count(q.MostWaiting)),
                ("#frames", q => Tables.Count(q.Frames)),
                ("#bytes", q => Tables.Count(q.Bytes)),
                ("#marked", q => Tables.Count(q.Marked)),
                ("#dropped", q => Tables.Count(q.Dropped))));
        }
    }

    public static void Mirrors(IReadOnlyList<MirrorSnapshot> mirrors) => Terminal.Write("Mirrors", Tables.Of(
        mirrors,
        ("mirror", m => m.Name),
        ("from", m => string.Join(", ", m.From)),
        ("to", m => m.To),
        ("#copied", m => Tables.Count(m.Copied)),
        ("#missed", m => Tables.Count(m.Missed)),
        ("#above rate", m => Tables.Count(m.Limited))));
}
