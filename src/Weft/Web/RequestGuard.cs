using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Weft.Host.Config;

namespace Weft.Cli.Web;

/// <summary>
/// What every request meets first: other sites' pages get nothing, neither by a name that they point here (DNS rebinding) nor by sending
/// a visitor's browser (CSRF); and every answer tells the browser to take nothing from elsewhere.
/// </summary>
internal sealed class RequestGuard(ApiPlan plan)
{
    /// <summary>Scripts, styles and connections of this server alone; no inline script, no frame, no form.</summary>
    public const string ContentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly HashSet<string> _names = Names(plan);
    private readonly bool _takesAnyAddress = plan.Address.Equals(IPAddress.Any) || plan.Address.Equals(IPAddress.IPv6Any);

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Harden(context.Response.Headers);
        if (!IsOurs(context.Request.Host.Host))
        {
            return Answers.RefuseAsync(context, StatusCodes.Status421MisdirectedRequest, "the host of the request is not one of this server; api.hosts names further ones");
        }

        if (IsFromElsewhere(context.Request))
        {
            return Answers.RefuseAsync(context, StatusCodes.Status403Forbidden, "the request comes from another site");
        }

        return next(context);
    }

    private static void Harden(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers.CacheControl = "no-store";
    }

    private bool IsOurs(string host) => _names.Contains(host) || (_takesAnyAddress && IPAddress.TryParse(host.Trim('[', ']'), out _));

    /// <summary>
    /// Browsers say where a request comes from (Fetch Metadata, and Origin where it matters); other clients say nothing and pass. A link
    /// on another page may lead to the dashboard, and to nothing else.
    /// </summary>
    private static bool IsFromElsewhere(HttpRequest request)
    {
        StringValues origin = request.Headers.Origin;
        if (origin.Count > 0 && !string.Equals(origin.ToString(), $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        bool isLink = HttpMethods.IsGet(request.Method) && request.Path == "/" && request.Headers["Sec-Fetch-Mode"] == "navigate" && request.Headers["Sec-Fetch-Dest"] == "document";
        return request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none") && !isLink;
    }

    private static HashSet<string> Names(ApiPlan plan)
    {
        var names = new HashSet<string>(plan.Hosts, StringComparer.OrdinalIgnoreCase) { Literal(plan.Address) };
        if (IPAddress.IsLoopback(plan.Address))
        {
            names.UnionWith(["localhost", Literal(IPAddress.Loopback), Literal(IPAddress.IPv6Loopback)]);
        }

        return names;
    }

    private static string Literal(IPAddress address) => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : $"{address}";
}
