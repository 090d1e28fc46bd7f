using System.Net;
using Weft.Host.Config.Document;
using Weft.Host.Config.Validation;

namespace Weft.Host.Config;

/// <summary>Turns the web server's section, of a document without errors, into its plan.</summary>
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

    private static string? Resolve(Setting<string> path, ValidationContext context) => path.IsKnown ? context.Resolve(path.Value) : null;
}
