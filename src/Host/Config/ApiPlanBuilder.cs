using System.Net;
using Weft.Host.Config.Document;
using Weft.Host.Config.Validation;

namespace Weft.Host.Config;

/// <summary>Turns the sections of the web server and of metrics, of a document without errors, into their plans.</summary>
internal static class ApiPlanBuilder
{
    public static ApiPlan? Build(ValidationContext context)
    {
        ApiSection api = context.Document.Api;
        return !api.IsWritten ? null : new ApiPlan
        {
            Address = IPAddress.Parse(api.Listen.Value.ToString()),
            Port = api.Port.Value,
            Hosts = api.Hosts.Select(host => host.Value).ToArray(),
            TokenPath = Resolve(api.TokenFile, context),
            CertificatePath = Resolve(api.Certificate, context),
            KeyPath = Resolve(api.Key, context),
            ClientAuthorityPath = Resolve(api.ClientAuthority, context),
        };
    }

    public static MetricsPlan? Build(MetricsSection metrics) => !metrics.IsWritten ? null : new MetricsPlan
    {
        Endpoint = new Uri(metrics.Otlp.Value),
        Protocol = metrics.Protocol.Value,
        Interval = TimeSpan.FromSeconds(metrics.IntervalSeconds.Value),
    };

    private static string? Resolve(Setting<string> path, ValidationContext context) => path.IsKnown ? context.Resolve(path.Value) : null;
}
