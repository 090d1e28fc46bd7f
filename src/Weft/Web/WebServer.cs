using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Weft.Host.Config;
using Weft.Host.Datapath;

namespace Weft.Cli.Web;

/// <summary>
/// Serves pictures of a running switch over HTTP: to the dashboard, to scripts, to a metrics collector. It asks the switch as the control
/// socket does and never touches a packet; what it takes from a client is bounded, and nothing but the plan says where it listens.
/// </summary>
internal sealed class WebServer : IAsyncDisposable
{
    private const int MaxConnections = 64;
    private const int MaxRequestLineBytes = 4 * 1024;
    private const int MaxHeaderBytes = 16 * 1024;
    private const int MaxHeaders = 64;

    /// <summary>A packet of 64 KiB in hexadecimal, and some words.</summary>
    private const int MaxBodyBytes = 160 * 1024;

    private static readonly TimeSpan HeaderPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IdlePatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    private readonly WebApplication _application;

    private WebServer(WebApplication application, ApiPlan plan)
    {
        (_application, Plan) = (application, plan);
        Address = new Uri(application.Urls.Single());
    }

    /// <summary>What it was started with.</summary>
    public ApiPlan Plan { get; }

    /// <summary>Where it answers.</summary>
    public Uri Address { get; }

    /// <summary>Opens the port and answers from then on.</summary>
    /// <exception cref="SwitchStartException">The port is taken, or a certificate cannot be used.</exception>
    public static async Task<WebServer> StartAsync(SwitchHost host, ApiPlan plan, CancellationToken cancellation = default)
    {
        // Empty, because a server that reads environment variables and files of its own may listen where nobody told it to.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = "Production", ContentRootPath = AppContext.BaseDirectory });
        // Signals are the business of the command, which lets the switch finish its burst.
        _ = builder.Services.AddRoutingCore().AddSingleton<IHostLifetime, NoLifetime>();
        _ = builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Limit(kestrel, plan));
        WebApplication application = builder.Build();
        try
        {
            Map(application, host, plan);
            await application.StartAsync(cancellation).ConfigureAwait(false);
            return new WebServer(application, plan);
        }
        catch (Exception refused) when (refused is IOException or InvalidOperationException or System.Security.Cryptography.CryptographicException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new SwitchStartException($"api: {new IPEndPoint(plan.Address, plan.Port)}: {refused.Message}", refused);
        }
    }

    /// <summary>Closes the port; requests under way get a moment to end.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(StopPatience);
        await _application.StopAsync(patience.Token).ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    private static void Map(WebApplication application, SwitchHost host, ApiPlan plan)
    {
        var guard = new RequestGuard(plan);
        var token = new TokenGate(plan);
        var pictures = new Pictures(host);
        _ = application.Use(guard.InvokeAsync);
        _ = application.UseRouting();
        RouteGroupBuilder api = application.MapGroup("/api/v1");
        new ReadEndpoints(pictures, plan).Map(api);
        var trace = new TraceEndpoint(host);
        trace.Map(api);
        new RulesEndpoint(host).Map(api);
        new EventEndpoint(host, application.Lifetime.ApplicationStopping).Map(api);
        new ChangeEndpoints(host, token).Map(api);
        new MetricsEndpoint(pictures).Map(application);
        var analytics = new AnalyticsEndpoints(host, pictures);
        analytics.Map(api);
        _ = application.Lifetime.ApplicationStopped.Register(trace.Dispose);
        _ = application.Lifetime.ApplicationStopped.Register(analytics.Dispose);
        DashboardFiles.Map(application);
    }

    private static void Limit(KestrelServerOptions kestrel, ApiPlan plan)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        KestrelServerLimits limits = kestrel.Limits;
        limits.MaxConcurrentConnections = MaxConnections;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestLineSize = MaxRequestLineBytes;
        limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        limits.MaxRequestHeaderCount = MaxHeaders;
        limits.MaxRequestBodySize = MaxBodyBytes;
        limits.RequestHeadersTimeout = HeaderPatience;
        limits.KeepAliveTimeout = IdlePatience;
        limits.Http2.MaxStreamsPerConnection = MaxConnections;
        kestrel.Listen(plan.Address, plan.Port, listen =>
        {
            if (plan.CertificatePath is not null)
            {
                _ = listen.UseHttps(WebCertificates.Of(plan));
            }
            else
            {
                listen.Protocols = HttpProtocols.Http1;
            }
        });
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
