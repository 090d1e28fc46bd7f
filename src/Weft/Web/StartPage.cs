using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Weft.Cli.Web;

/// <summary>What stands at the root where no dashboard was built in.</summary>
internal sealed class StartPage
{
    private static readonly byte[] Page = Encoding.UTF8.GetBytes("""
        <!doctype html><html lang="en"><meta charset="utf-8"><title>weft</title>
        <h1>weft</h1><p>This build has no dashboard: Node.js was not there when it was made. There are
        <a href="/api/v1">/api/v1</a>, <a href="/api/v1/show/all">/api/v1/show/all</a> and <a href="/api/v1/events">/api/v1/events</a>.</p></html>
        """);

    public void Map(WebApplication application) => application.MapGet("/", async context =>
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.Body.WriteAsync(Page, context.RequestAborted).ConfigureAwait(false);
    });
}
