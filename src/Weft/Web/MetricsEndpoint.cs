using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Weft.Cli.Metrics;
using Weft.Host.Control;

namespace Weft.Cli.Web;

/// <summary><c>GET /metrics</c>: every metric, for Prometheus.</summary>
internal sealed class MetricsEndpoint(Pictures pictures)
{
    public void Map(WebApplication application) => application.MapGet("/metrics", async context =>
    {
        Pictures.Picture picture = await pictures.OfAsync(ShowTopic.Ports).ConfigureAwait(false);
        byte[] text = Encoding.UTF8.GetBytes(PrometheusText.Of(picture.Snapshot));
        context.Response.ContentType = PrometheusText.ContentType;
        context.Response.ContentLength = text.Length;
        await context.Response.Body.WriteAsync(text, context.RequestAborted).ConfigureAwait(false);
    });
}
