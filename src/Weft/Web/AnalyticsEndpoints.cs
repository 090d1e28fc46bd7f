using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Cli.Web;

/// <summary>
/// Alarms, behaviours and quotients over HTTP, each in a form of its own; the stream of alarms is <c>/api/v1/events?source=analytics</c>.
/// Nothing here changes anything: what-if is asked by POST because it has a body.
/// </summary>
internal sealed class AnalyticsEndpoints(SwitchHost host, Pictures pictures) : IDisposable
{
    private const string NothingWatched = "nothing is watched: the configuration has no analytics";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly string[] GetOrHead = [HttpMethods.Get, HttpMethods.Head];

    private readonly SemaphoreSlim _turn = new(1, 1);

    public void Map(RouteGroupBuilder api)
    {
        _ = api.MapMethods("/alarms", GetOrHead, AlarmsAsync);
        _ = api.MapMethods("/alarms/history", GetOrHead, HistoryAsync);
        _ = api.MapMethods("/alarms/{id}", GetOrHead, AlarmAsync);
        _ = api.MapMethods("/behaviours", GetOrHead, BehavioursAsync);
        _ = api.MapMethods("/quotients", GetOrHead, QuotientsAsync);
        _ = api.MapPost("/what-if", WhatIfAsync);
    }

    public void Dispose() => _turn.Dispose();

    private async Task AlarmsAsync(HttpContext context)
    {
        if (AlarmQuery.TryRead(context.Request.Query, out string whyNot) is not AlarmQuery query)
        {
            await Answers.RefuseAsync(context, StatusCodes.Status400BadRequest, whyNot).ConfigureAwait(false);
        }
        else if (await PictureAsync(context, ShowTopic.Alarms).ConfigureAwait(false) is AnalyticsSnapshot analytics)
        {
            await SendAsync(context, query.PageOf(analytics.Alarms), AnalyticsJson.Default.AlarmPage).ConfigureAwait(false);
        }
    }

    private async Task AlarmAsync(HttpContext context)
    {
        if (await PictureAsync(context, ShowTopic.Alarms).ConfigureAwait(false) is not AnalyticsSnapshot analytics)
        {
            return;
        }

        string id = context.GetRouteValue("id") as string ?? "";
        if (analytics.Alarms.FirstOrDefault(alarm => AlarmQuery.IdOf(alarm) == id) is AlarmSnapshot alarm)
        {
            await SendAsync(context, new AlarmEntry(id, alarm), AnalyticsJson.Default.AlarmEntry).ConfigureAwait(false);
        }
        else
        {
            await Answers.RefuseAsync(context, StatusCodes.Status404NotFound, "there is no such alarm now; /api/v1/alarms?state=all lists what there is, /api/v1/alarms/history what there was").ConfigureAwait(false);
        }
    }

    private async Task HistoryAsync(HttpContext context)
    {
        string text = context.Request.Query["before"].ToString();
        int count = AlarmQuery.CountOf(context.Request.Query);
        if (!long.TryParse(text.Length == 0 ? $"{long.MaxValue}" : text, NumberStyles.None, CultureInfo.InvariantCulture, out long before) || count < 0)
        {
            await Answers.RefuseAsync(context, StatusCodes.Status400BadRequest, "'before' is the number of a change, 'count' 1 to 500").ConfigureAwait(false);
            return;
        }

        try
        {
            IReadOnlyList<AlarmChangeSnapshot> changes = await host.AlarmHistoryAsync(count, before).ConfigureAwait(false);
            await SendAsync(context, new AlarmHistoryPage(changes, changes.Count < count ? null : changes[^1].Sequence), AnalyticsJson.Default.AlarmHistoryPage).ConfigureAwait(false);
        }
        catch (InvalidOperationException refused)
        {
            await Answers.RefuseAsync(context, StatusCodes.Status409Conflict, refused.Message).ConfigureAwait(false);
        }
    }

    private async Task BehavioursAsync(HttpContext context)
    {
        if (await PictureAsync(context, ShowTopic.Behaviours).ConfigureAwait(false) is not AnalyticsSnapshot analytics)
        {
            return;
        }

        if (analytics.Processes is ProcessWatchSnapshot watch)
        {
            await SendAsync(context, new BehaviourPage(watch.State, watch.Roles, watch.Clusters, watch.Anomalies), AnalyticsJson.Default.BehaviourPage).ConfigureAwait(false);
        }
        else
        {
            await Answers.RefuseAsync(context, StatusCodes.Status404NotFound, "processes are not watched").ConfigureAwait(false);
        }
    }

    private async Task QuotientsAsync(HttpContext context)
    {
        if (await PictureAsync(context, ShowTopic.Quotients).ConfigureAwait(false) is not AnalyticsSnapshot analytics)
        {
            return;
        }

        if (analytics.Quotients is QuotientsSnapshot quotients)
        {
            await SendAsync(context, quotients, AnalyticsJson.Default.QuotientsSnapshot).ConfigureAwait(false);
        }
        else
        {
            await Answers.RefuseAsync(context, StatusCodes.Status404NotFound, "nobody asks for quotients").ConfigureAwait(false);
        }
    }

    private async Task WhatIfAsync(HttpContext context)
    {
        if (await Answers.ReadAsync(context, AnalyticsJson.Default.WhatIfQuestion).ConfigureAwait(false) is not WhatIfQuestion question)
        {
            return;
        }

        // A forecast is a second set of quotients: one at a time, however many ask.
        if (!await _turn.WaitAsync(Patience, context.RequestAborted).ConfigureAwait(false))
        {
            context.Response.Headers.RetryAfter = "5";
            await Answers.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "others' questions are being answered").ConfigureAwait(false);
            return;
        }

        try
        {
            var answer = new WhatIfAnswer(await host.ForecastWithoutAsync(question.Service ?? "", question.Rule ?? "").ConfigureAwait(false));
            await SendAsync(context, answer, AnalyticsJson.Default.WhatIfAnswer).ConfigureAwait(false);
        }
        catch (InvalidOperationException refused)
        {
            await Answers.RefuseAsync(context, StatusCodes.Status409Conflict, refused.Message).ConfigureAwait(false);
        }
        finally
        {
            _ = _turn.Release();
        }
    }

    /// <summary>The picture; null, and the refusal is sent, if nothing is watched.</summary>
    private async Task<AnalyticsSnapshot?> PictureAsync(HttpContext context, ShowTopic topic)
    {
        AnalyticsSnapshot? analytics = (await pictures.OfAsync(topic).ConfigureAwait(false)).Snapshot.Analytics;
        if (analytics is null)
        {
            await Answers.RefuseAsync(context, StatusCodes.Status404NotFound, NothingWatched).ConfigureAwait(false);
        }

        return analytics;
    }

    private static Task SendAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) => Answers.SendAsync(context, JsonSerializer.SerializeToUtf8Bytes(value, type));
}
