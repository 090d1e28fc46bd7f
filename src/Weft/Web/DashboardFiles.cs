using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Weft.Cli.Web;

/// <summary>
/// The dashboard's files, which are inside the program. Each has a route of its own: no path of a request ever becomes a path of a file.
/// </summary>
internal static class DashboardFiles
{
    private const string Prefix = "dashboard/";
    private const string Start = "index.html";
    private static readonly string[] GetOrHead = [HttpMethods.Get, HttpMethods.Head];

    public static void Map(WebApplication application)
    {
        foreach (DashboardFile file in Load())
        {
            _ = application.MapMethods(file.Name == Start ? "/" : $"/{file.Name}", GetOrHead, context => ServeAsync(context, file));
        }
    }

    private static async Task ServeAsync(HttpContext context, DashboardFile file)
    {
        context.Response.Headers.ETag = file.Tag;
        context.Response.Headers.CacheControl = "no-cache";
        if (context.Request.Headers.IfNoneMatch == file.Tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = file.Type;
        context.Response.ContentLength = file.Content.Length;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(file.Content, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static IEnumerable<DashboardFile> Load()
    {
        Assembly assembly = typeof(DashboardFiles).Assembly;
        foreach (string resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using Stream stream = assembly.GetManifestResourceStream(resource)!;
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            string name = resource[Prefix.Length..].Replace('\\', '/');
            yield return new DashboardFile(name, TypeOf(name), content, $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..32]}\"");
        }
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    };

    private sealed record DashboardFile(string Name, string Type, byte[] Content, string Tag);
}
