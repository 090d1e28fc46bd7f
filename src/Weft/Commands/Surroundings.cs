using Weft.Cli.Metrics;
using Weft.Cli.Web;
using Weft.Host.Config;
using Weft.Host.Datapath;

namespace Weft.Cli.Commands;

/// <summary>What stands around a running switch and is no part of it: the web server and the export of metrics. Nothing, until it is told of a configuration; a reload exchanges what that changes.</summary>
internal sealed class Surroundings : IAsyncDisposable
{
    private readonly SwitchHost _host;
    private readonly bool _wantsWeb;
    private MetricsPlan? _metrics;
    private OtlpExport? _export;

    /// <param name="host">The switch.</param>
    /// <param name="wantsWeb">Whether there is a web server even if the configuration has none.</param>
    public Surroundings(SwitchHost host, bool wantsWeb) => (_host, _wantsWeb) = (host, wantsWeb);

    /// <summary>The web server, if there is one.</summary>
    public WebServer? Web { get; private set; }

    /// <summary>Makes it what the configuration says; what stays the same goes on.</summary>
    /// <exception cref="SwitchStartException">The web server cannot be started; everything is as it was before.</exception>
    public async Task ChangeAsync(SwitchPlan plan)
    {
        ApiPlan? api = plan.Api ?? (_wantsWeb ? new ApiPlan() : null);
        if (api is null || !api.IsSameAs(Web?.Plan))
        {
            await ChangeWebAsync(api).ConfigureAwait(false);
        }

        if (plan.Metrics != _metrics)
        {
            _export?.Dispose();
            (_metrics, _export) = (plan.Metrics, plan.Metrics is null ? null : new OtlpExport(_host, plan.Metrics, plan.Name));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseWebAsync().ConfigureAwait(false);
        _export?.Dispose();
    }

    private async Task ChangeWebAsync(ApiPlan? next)
    {
        ApiPlan? before = Web?.Plan;
        // First, because the next one may want the same port.
        await CloseWebAsync().ConfigureAwait(false);
        if (next is null)
        {
            return;
        }

        try
        {
            Web = await WebServer.StartAsync(_host, next).ConfigureAwait(false);
        }
        catch (SwitchStartException)
        {
            Web = before is null ? null : await WebServer.StartAsync(_host, before).ConfigureAwait(false);
            throw;
        }
    }

    private async Task CloseWebAsync()
    {
        if (Web is WebServer web)
        {
            Web = null;
            await web.DisposeAsync().ConfigureAwait(false);
        }
    }
}
