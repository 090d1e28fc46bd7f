using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Weft.Cli.Web;

/// <summary>What goes out, and what comes in, as JSON.</summary>
internal static class Answers
{
    public const string Json = "application/json";

    /// <summary>A refusal with its reason.</summary>
    public static Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        return SendAsync(context, JsonSerializer.SerializeToUtf8Bytes(new Refusal(reason), WebJson.Default.Refusal));
    }

    /// <summary>Text that is JSON already.</summary>
    public static async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> json)
    {
        context.Response.ContentType = Json;
        context.Response.ContentLength = json.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(json, context.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>Reads the body; a form of a foreign page cannot have this content type without being asked first, and is then refused.</summary>
    /// <returns>Null if it was refused.</returns>
    public static async Task<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type) where T : class
    {
        if (!context.Request.HasJsonContentType())
        {
            await RefuseAsync(context, StatusCodes.Status415UnsupportedMediaType, $"the body must be {Json}").ConfigureAwait(false);
            return null;
        }

        try
        {
            T? value = await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted).ConfigureAwait(false);
            if (value is null)
            {
                await RefuseAsync(context, StatusCodes.Status400BadRequest, "the body is null").ConfigureAwait(false);
            }

            return value;
        }
        catch (JsonException wrong)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, $"the body is not what is expected: {wrong.Message}").ConfigureAwait(false);
        }
        catch (BadHttpRequestException wrong)
        {
            await RefuseAsync(context, wrong.StatusCode, wrong.Message).ConfigureAwait(false);
        }

        return null;
    }
}
