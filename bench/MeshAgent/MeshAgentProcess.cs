using Weft.Mesh;
using Weft.MeshAgent;
using Weft.Packets;

namespace Weft.Bench.MeshAgent;

/// <summary>
/// One end of a tunnel: <c>mesh-agent client|server FOLDER LISTEN CONNECT multiplexed|perConnection|plain|sslStream</c>. Says "ready" and runs until its standard input ends.
/// </summary>
internal static class MeshAgentProcess
{
    public const string TrustDomain = "bench.test";

    private static readonly MeshEndpoint Service = new(new IPv4Address(0xC612_0002), 8080);

    public static SpiffeId Id(string name) => SpiffeId.Parse($"spiffe://{TrustDomain}/{name}");

    public static async Task<int> Run(string[] args)
    {
        if (args is not [("client" or "server") and var side, var folder, var listen, var connect, var mode])
        {
            return 2;
        }

        bool isClient = side == "client";
        if (mode == "sslStream")
        {
            _ = SslStreamRelay.RunAsync(isClient, Path.Combine(folder, side), listen, connect);
            return await UntilInputEnds().ConfigureAwait(false);
        }

        var tunnelMode = Enum.Parse<TunnelMode>(mode, ignoreCase: true);
        var options = new MeshAgentOptions { Certificates = CertificateFiles.InFolder(Path.Combine(folder, side), TrustDomain) };
        options = isClient
            ? options with { Forwards = [new MeshForward { Listen = Endpoint(listen), Tunnel = Endpoint(connect), Peer = Id("server"), Service = Service, Mode = tunnelMode }] }
            : options with
            {
                Tunnel = tunnelMode == TunnelMode.Plain ? null : Endpoint(listen),
                Targets = [new MeshTarget { Service = Service, Application = Endpoint(connect), Clients = [Id("client")], Listen = tunnelMode == TunnelMode.Plain ? Endpoint(listen) : null }],
            };
        await using var agent = new MeshTlsAgent(options);
        agent.Start();
        return await UntilInputEnds().ConfigureAwait(false);
    }

    private static async Task<int> UntilInputEnds()
    {
        Console.WriteLine("ready");
        _ = await Console.In.ReadToEndAsync().ConfigureAwait(false);
        return 0;
    }

    private static MeshEndpoint Endpoint(string text)
    {
        int colon = text.LastIndexOf(':');
        return new MeshEndpoint(IPv4Address.Parse(text.AsSpan(0, colon)), ushort.Parse(text.AsSpan(colon + 1)));
    }
}
