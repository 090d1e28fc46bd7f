// Two agents on loopback carry a connection of two applications that know nothing of TLS: the client dials its agent, the server answers its own.
using System.Net;
using System.Net.Sockets;
using System.Text;
using Weft.Mesh;
using Weft.MeshAgent;
using Weft.Packets;

string folder = Directory.CreateTempSubdirectory("weft-sample-").FullName;
try
{
    // Certificates to play with. Production ones come from outside: an agent only reads files.
    DevelopmentAuthority.Initialize(Path.Combine(folder, "ca"), "mesh.example", TimeProvider.System);
    foreach (string name in new[] { "web", "shop" })
    {
        DevelopmentAuthority.Issue(Path.Combine(folder, "ca"), SpiffeId.Parse($"spiffe://mesh.example/{name}"), Path.Combine(folder, name), TimeSpan.FromHours(1), TimeProvider.System);
    }

    // The server's application: it answers one line, in the clear, on loopback.
    using var application = new TcpListener(IPAddress.Loopback, 0);
    application.Start();
    Task served = AnswerAsync(application);

    // The server's side: only the shop may come, and only to this service.
    var service = new MeshEndpoint(IPv4Address.Parse("198.18.0.2"), 80);
    var anyPort = new MeshEndpoint(IPv4Address.Parse("127.0.0.1"), 0);
    await using var web = new MeshTlsAgent(new MeshAgentOptions
    {
        Certificates = CertificateFiles.InFolder(Path.Combine(folder, "web"), "mesh.example"),
        Tunnel = anyPort,
        Targets =
        [
            new MeshTarget
            {
                Service = service,
                Application = anyPort with { Port = (ushort)((IPEndPoint)application.LocalEndpoint).Port },
                Clients = [SpiffeId.Parse("spiffe://mesh.example/shop")],
            },
        ],
    });
    web.Start();

    // The client's side: what comes to its listener is meant for the service, and goes to whoever proves to be the web.
    await using var shop = new MeshTlsAgent(new MeshAgentOptions
    {
        Certificates = CertificateFiles.InFolder(Path.Combine(folder, "shop"), "mesh.example"),
        Forwards = [new MeshForward { Listen = anyPort, Service = service, Tunnel = web.LocalOf(anyPort), Peer = SpiffeId.Parse("spiffe://mesh.example/web") }],
    });
    shop.Start();

    using var client = new TcpClient();
    await client.ConnectAsync(IPEndPoint.Parse(shop.LocalOf(anyPort).ToString()));
    await client.GetStream().WriteAsync("hello\n"u8.ToArray());
    using var reader = new StreamReader(client.GetStream());
    Console.WriteLine($"the client reads: {await reader.ReadLineAsync()}");
    await served;
    Console.WriteLine($"{shop.Identity} met {web.Identity} by {shop.Counters.Handshakes} handshake for {shop.Counters.StreamsOpened} connection");
}
finally
{
    Directory.Delete(folder, recursive: true);
}

static async Task AnswerAsync(TcpListener application)
{
    using TcpClient accepted = await application.AcceptTcpClientAsync();
    using var reader = new StreamReader(accepted.GetStream());
    string? line = await reader.ReadLineAsync();
    await accepted.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"you said {line}\n"));
}
