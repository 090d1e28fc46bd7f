using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath;

namespace Weft.Cli.Web;

/// <summary><c>GET /api/v1</c>, <c>GET /api/v1/explain</c> and <c>GET /api/v1/show/TOPIC</c>, which is what <c>weft show TOPIC --json</c> prints.</summary>
internal sealed class ReadEndpoints(Pictures pictures, ApiPlan plan)
{
    private static readonly string[] GetOrHead = [HttpMethods.Get, HttpMethods.Head];

    private static readonly byte[] Explanations = JsonSerializer.SerializeToUtf8Bytes<IReadOnlyList<DropExplanation>>([.. DropReasons.All.Select(DropReasons.Explain)], WebJson.Default.IReadOnlyListDropExplanation);

    public void Map(RouteGroupBuilder api)
    {
        _ = api.MapMethods("", GetOrHead, context => Answers.SendAsync(context, JsonSerializer.SerializeToUtf8Bytes(Facts(), WebJson.Default.ServerFacts)));
        _ = api.MapMethods("/explain", GetOrHead, context => Answers.SendAsync(context, Explanations));
        _ = api.MapMethods("/show/{topic}", GetOrHead, context => ShowAsync(context, context.GetRouteValue("topic") as string));
        _ = api.MapMethods("/show/{topic}/{part}", GetOrHead, context => ShowAsync(context, $"{context.GetRouteValue("topic")}-{context.GetRouteValue("part")}"));
    }

    private async Task ShowAsync(HttpContext context, string? name)
    {
        if (!ShowTopics.TryParse(name, out ShowTopic topic))
        {
            await Answers.RefuseAsync(context, StatusCodes.Status404NotFound, "there is no such topic; /api/v1 lists what there is").ConfigureAwait(false);
            return;
        }

        Pictures.Picture picture = await pictures.OfAsync(topic).ConfigureAwait(false);
        context.Response.Headers["Weft-Switch"] = picture.IsLast ? "ended" : "running";
        await Answers.SendAsync(context, picture.Json).ConfigureAwait(false);
    }

    private ServerFacts Facts() => new(SwitchHost.Version, plan.TokenPath is not null, [.. Enum.GetNames<ShowTopic>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)]);
}
