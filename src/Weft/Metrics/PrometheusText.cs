using System.Globalization;
using System.Text;
using Weft.Host.Observe;

namespace Weft.Cli.Metrics;

/// <summary>
/// Metrics in Prometheus' text format 0.0.4, under the names that OpenTelemetry's rules for Prometheus give them: '_' for '.', the unit and
/// for counters <c>_total</c> at the end.
/// </summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Of(SwitchSnapshot snapshot)
    {
        var text = new StringBuilder(32 * 1024);
        _ = text.Append("# HELP target_info What is measured.\n# TYPE target_info gauge\n");
        AppendSample(text, "target_info", [new("service.name", "weft"), new("service.instance.id", snapshot.Name), new("service.version", snapshot.Version)], 1);
        foreach (SwitchMetric metric in SwitchMetrics.All)
        {
            using IEnumerator<MetricValue> values = metric.Read(snapshot).GetEnumerator();
            if (!values.MoveNext())
            {
                continue;
            }

            string name = NameOf(metric);
            _ = text.Append("# HELP ").Append(name).Append(' ').Append(metric.Description.Replace("\\", "\\\\", StringComparison.Ordinal)).Append('\n');
            _ = text.Append("# TYPE ").Append(name).Append(metric.Kind == MetricKind.Counter ? " counter\n" : " gauge\n");
            do
            {
                AppendSample(text, name, values.Current.Labels, values.Current.Value);
            }
            while (values.MoveNext());
        }

        return text.ToString();
    }

    /// <summary>The name that Prometheus has for a metric.</summary>
    public static string NameOf(SwitchMetric metric)
    {
        string unit = metric.Unit switch { "By" => "_bytes", "s" => "_seconds", "1" when metric.Kind == MetricKind.Gauge => "_ratio", _ => "" };
        return metric.Name.Replace('.', '_') + unit + (metric.Kind == MetricKind.Counter ? "_total" : "");
    }

    private static void AppendSample(StringBuilder text, string name, IReadOnlyList<KeyValuePair<string, object?>> labels, double value)
    {
        _ = text.Append(name);
        for (int i = 0; i < labels.Count; i++)
        {
            _ = text.Append(i == 0 ? '{' : ',').Append(labels[i].Key.Replace('.', '_')).Append("=\"");
            AppendEscaped(text, Convert.ToString(labels[i].Value, CultureInfo.InvariantCulture) ?? "");
            _ = text.Append('"');
        }

        _ = text.Append(labels.Count > 0 ? "} " : " ").Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    private static void AppendEscaped(StringBuilder text, string value)
    {
        foreach (char c in value)
        {
            _ = c switch { '\\' => text.Append("\\\\"), '"' => text.Append("\\\""), '\n' => text.Append("\\n"), _ => text.Append(c) };
        }
    }
}
