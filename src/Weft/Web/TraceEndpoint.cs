using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Cli.Web;

/// <summary><c>POST /api/v1/trace</c>: what the running switch would do with a packet. It changes nothing, but builds a twin of the switch: one at a time.</summary>
internal sealed class TraceEndpoint(SwitchHost host) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    public void Map(RouteGroupBuilder api) => api.MapPost("/trace", TraceAsync);

    public void Dispose() => _turn.Dispose();

    private async Task TraceAsync(HttpContext context)
    {
        if (await Answers.ReadAsync(context, WebJson.Default.TraceQuestion).ConfigureAwait(false) is not TraceQuestion question)
        {
            return;
        }

        if (!await _turn.WaitAsync(TimeSpan.FromSeconds(5), context.RequestAborted).ConfigureAwait(false))
        {
            context.Response.Headers.RetryAfter = "5";
            await Answers.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "others' packets are being traced").ConfigureAwait(false);
            return;
        }

        try
        {
            PacketTrace trace = await host.TraceAsync(question.Port ?? "", TracePacket.Parse(question.Packet ?? "")).ConfigureAwait(false);
            await Answers.SendAsync(context, Encoding.UTF8.GetBytes(SnapshotJson.Serialize(trace))).ConfigureAwait(false);
        }
        catch (Exception refused) when (refused is ArgumentException or FormatException)
        {
            await Answers.RefuseAsync(context, StatusCodes.Status400BadRequest, refused.Message).ConfigureAwait(false);
        }
        catch (InvalidOperationException ended)
        {
            await Answers.RefuseAsync(context, StatusCodes.Status409Conflict, ended.Message).ConfigureAwait(false);
        }
        finally
        {
            _ = _turn.Release();
        }
    }
}
