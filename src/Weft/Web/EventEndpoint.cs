using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Cli.Web;

/// <summary>
/// <c>GET /api/v1/events</c>: events as they happen (server-sent events, WHATWG HTML section 9.2). Who comes back tells the last number
/// that it saw and goes on from there, of one mechanism with <c>?source=NAME</c>; who was too slow is told how many it lost.
/// </summary>
internal sealed class EventEndpoint(SwitchHost host, CancellationToken stopping)
{
    private const int MaxReaders = 16;
    private const int MaxEvents = 256;
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(10);

    private int _readers;

    public void Map(RouteGroupBuilder api) => api.MapGet("/events", StreamAsync);

    private async Task StreamAsync(HttpContext context)
    {
        string since = context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last ? last : context.Request.Query["since"].ToString();
        if (!long.TryParse(since.Length == 0 ? "0" : since, NumberStyles.None, CultureInfo.InvariantCulture, out long seen) || seen == long.MaxValue)
        {
            await Answers.RefuseAsync(context, StatusCodes.Status400BadRequest, "'since' and Last-Event-ID are the number of the last event that was seen").ConfigureAwait(false);
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _readers) > MaxReaders)
            {
                context.Response.Headers.RetryAfter = "10";
                await Answers.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, $"{MaxReaders} read events already").ConfigureAwait(false);
                return;
            }

            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
            await FollowAsync(context, seen == 0 ? 0 : seen + 1, context.Request.Query["source"].ToString(), end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The reader is gone, or the server stops.
        }
        finally
        {
            _ = Interlocked.Decrement(ref _readers);
        }
    }

    private async Task FollowAsync(HttpContext context, long next, string source, CancellationToken cancellation)
    {
        context.Response.ContentType = "text/event-stream";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await WriteAsync(context, ": weft\n\n", cancellation).ConfigureAwait(false);
        using var look = new PeriodicTimer(LookInterval);
        TimeSpan silence = TimeSpan.Zero;
        do
        {
            SwitchEvents events = host.ReadEvents(next, MaxEvents);
            next = events.Next;
            events = source.Length == 0 ? events : events with { Events = [.. events.Events.Where(happened => happened.Source == source)] };
            silence += LookInterval;
            if (events.Events.Count > 0 || events.Lost > 0 || silence >= HeartbeatInterval)
            {
                silence = TimeSpan.Zero;
                await WriteAsync(context, Text(events), cancellation).ConfigureAwait(false);
            }
        }
        while (await look.WaitForNextTickAsync(cancellation).ConfigureAwait(false));
    }

    private static string Text(SwitchEvents events)
    {
        if (events.Events.Count == 0 && events.Lost == 0)
        {
            return ": still here\n\n";
        }

        var text = new StringBuilder();
        if (events.Lost > 0)
        {
            _ = text.Append(CultureInfo.InvariantCulture, $"event: lost\ndata: {{\"lost\":{events.Lost}}}\n\n");
        }

        foreach (SwitchEvent happened in events.Events)
        {
            _ = text.Append(CultureInfo.InvariantCulture, $"id: {happened.Sequence}\ndata: {SnapshotJson.Serialize(happened)}\n\n");
        }

        return text.ToString();
    }

    private static async Task WriteAsync(HttpContext context, string text, CancellationToken cancellation)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation).ConfigureAwait(false);
        await context.Response.Body.FlushAsync(cancellation).ConfigureAwait(false);
    }
}
