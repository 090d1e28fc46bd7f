using System.Net.Sockets;
using System.Text;
using Weft.Cli.Web;
using Weft.Conformance.HostTests;
using Weft.Host.Config;
using Weft.Host.Datapath;

namespace Weft.Conformance.CliTests;

/// <summary>A switch on which nothing happens, and its web server on a free port of the loopback address.</summary>
internal sealed class WebRig : IAsyncDisposable
{
    public const string Token = "0123456789abcdef0123456789abcdef";

    private WebRig(SwitchHost host, WebServer server, HttpClient client) => (Host, Server, Client) = (host, server, client);

    public SwitchHost Host { get; }

    public WebServer Server { get; }

    public HttpClient Client { get; }

    public static async Task<WebRig> StartAsync(ApiPlan? api = null, SwitchPlan? plan = null, HttpMessageHandler? handler = null)
    {
        SwitchHost host = SwitchHost.Start(plan ?? TestPlans.Resolved(), new SwitchHostOptions { OpenPort = port => new IdleLivePort(port.Name) });
        try
        {
            WebServer server = await WebServer.StartAsync(host, (api ?? new ApiPlan()) with { Port = 0 }, TestContext.Current.CancellationToken);
            var client = new HttpClient(handler ?? new SocketsHttpHandler()) { BaseAddress = server.Address, Timeout = TimeSpan.FromSeconds(60) };
            return new WebRig(host, server, client);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends octets as they are and returns what came back until the server hung up, or until the text was there.</summary>
    public async Task<string> SendRawAsync(string request, string until)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        using var client = new TcpClient();
        await client.ConnectAsync(Server.Address.Host, Server.Address.Port, patience.Token);
        NetworkStream stream = client.GetStream();
        var answer = new StringBuilder();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(request), patience.Token);
            byte[] buffer = new byte[4096];
            int length;
            while (!answer.ToString().Contains(until, StringComparison.Ordinal) && (length = await stream.ReadAsync(buffer, patience.Token)) > 0)
            {
                _ = answer.Append(Encoding.Latin1.GetString(buffer, 0, length));
            }
        }
        catch (IOException)
        {
            // Hung up with octets unread: what came before counts.
        }

        return answer.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        await Host.DisposeAsync();
    }
}
