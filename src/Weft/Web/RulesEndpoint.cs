using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Host.Datapath;

namespace Weft.Cli.Web;

/// <summary><c>GET /api/v1/rules</c>: rules of firewalls that <c>POST /api/v1/what-if</c> can think away.</summary>
internal sealed class RulesEndpoint(SwitchHost host)
{
    public void Map(RouteGroupBuilder api) => api.MapGet("/rules", RulesAsync);

    private async Task RulesAsync(HttpContext context)
    {
        try
        {
            IReadOnlyList<RuleList> rules = [.. (await host.FirewallRulesAsync().ConfigureAwait(false)).Select(known => new RuleList(known.Service, known.Rules))];
            await Answers.SendAsync(context, JsonSerializer.SerializeToUtf8Bytes(rules, WebJson.Default.IReadOnlyListRuleList)).ConfigureAwait(false);
        }
        catch (InvalidOperationException ended)
        {
            await Answers.RefuseAsync(context, StatusCodes.Status409Conflict, ended.Message).ConfigureAwait(false);
        }
    }
}
