using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Host.Datapath;

namespace Weft.Cli.Web;

/// <summary>What can be changed over HTTP, each behind the token: bridge nodes change roles, load balancers drain, shut ports open, rules are read again.</summary>
internal sealed class ChangeEndpoints(SwitchHost host, TokenGate token)
{
    public void Map(RouteGroupBuilder api)
    {
        Map(api, "/bridges/{name}/take", name => host.MoveBridgeAsync(name, takes: true));
        Map(api, "/bridges/{name}/give", name => host.MoveBridgeAsync(name, takes: false));
        Map(api, "/lb/{name}/drain", host.DrainLbAsync);
        Map(api, "/ports/{name}/enable", host.EnablePortAsync);
        Map(api, "/ids/reload-rules", _ => host.ReloadRulesAsync());
    }

    private void Map(RouteGroupBuilder api, string path, Func<string, Task> change) => api.MapPost(path, token.Guard(context => ChangeAsync(context, change)));

    private static async Task ChangeAsync(HttpContext context, Func<string, Task> change)
    {
        try
        {
            await change(context.GetRouteValue("name") as string ?? "").ConfigureAwait(false);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (Exception refused) when (refused is InvalidOperationException or ArgumentException or SwitchStartException)
        {
            await Answers.RefuseAsync(context, StatusCodes.Status409Conflict, refused.Message).ConfigureAwait(false);
        }
    }
}
