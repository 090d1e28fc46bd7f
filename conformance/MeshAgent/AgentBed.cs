using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Weft.Conformance.Support;
using Weft.Mesh;
using Weft.MeshAgent;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>Agents of a mesh in this process, on loopback, with certificates of an authority of their own.</summary>
internal sealed class AgentBed : IAsyncDisposable
{
    public const string TrustDomain = "mesh.test";

    /// <summary>How long anything is waited for: far more than it takes, for a machine that is busy.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-agent-").FullName;
    private readonly List<MeshTlsAgent> _agents = [];
    private readonly List<IDisposable> _things = [];

    public AgentBed() => DevelopmentAuthority.Initialize(Authority, TrustDomain, TimeProvider.System);

    public ConcurrentQueue<MeshAgentEvent> Events { get; } = new();

    public string Authority => Path.Combine(_folder, "ca");

    public static MeshEndpoint AnyPort { get; } = new(new IPv4Address(0x7F00_0001), 0);

    /// <summary>A service that nobody can have by accident: what it is called is only text between agents.</summary>
    public static MeshEndpoint Service { get; } = new(new IPv4Address(0xC612_0002), 8080);

    public static SpiffeId Id(string name) => SpiffeId.Parse($"spiffe://{TrustDomain}/{name}");

    public string FolderOf(string name) => Path.Combine(_folder, name);

    /// <summary>Makes or renews a certificate.</summary>
    public CertificateFiles Issue(string name, TimeSpan? life = null)
    {
        DevelopmentAuthority.Issue(Authority, Id(name), FolderOf(name), life ?? TimeSpan.FromHours(1), TimeProvider.System);
        return CertificateFiles.InFolder(FolderOf(name), TrustDomain);
    }

    public MeshTlsAgent Start(MeshAgentOptions options)
    {
        // A test that does not ask for deadlines must not meet one on a busy machine.
        TimeSpan handshake = options.HandshakeTimeout == TimeSpan.FromSeconds(10) ? TimeSpan.FromMinutes(5) : options.HandshakeTimeout;
        var agent = new MeshTlsAgent(options with { Threads = 2, OnEvent = Events.Enqueue, HandshakeTimeout = handshake });
        _agents.Add(agent);
        agent.Start();
        return agent;
    }

    /// <summary>An agent that brings others' clients to an application.</summary>
    /// <returns>The agent, and where it accepts TLS.</returns>
    public (MeshTlsAgent Agent, MeshEndpoint Tunnel) Server(EndPoint application, Func<MeshAgentOptions, MeshAgentOptions>? change = null, string client = "client", bool isPlain = false)
    {
        var options = new MeshAgentOptions
        {
            Certificates = Issue("server"),
            Tunnel = isPlain ? null : AnyPort,
            Targets = [new MeshTarget { Service = Service, Application = EndpointOf(application), Clients = [Id(client)], Listen = isPlain ? AnyPort : null }],
        };
        MeshTlsAgent agent = Start(change?.Invoke(options) ?? options);
        return (agent, agent.LocalOf(AnyPort));
    }

    /// <summary>An agent to which clients connect.</summary>
    /// <returns>The agent, and where clients connect.</returns>
    public (MeshTlsAgent Agent, IPEndPoint Listen) Client(MeshEndpoint tunnel, TunnelMode mode, Func<MeshAgentOptions, MeshAgentOptions>? change = null, string peer = "server")
    {
        var options = new MeshAgentOptions
        {
            Certificates = Issue("client"),
            Forwards = [new MeshForward { Listen = AnyPort, Tunnel = tunnel, Peer = Id(peer), Service = Service, Mode = mode }],
        };
        MeshTlsAgent agent = Start(change?.Invoke(options) ?? options);
        return (agent, EndPointOf(agent.LocalOf(AnyPort)));
    }

    /// <summary>Both, with an application behind.</summary>
    public (MeshTlsAgent Client, MeshTlsAgent Server, IPEndPoint Listen) Pair(
        TunnelMode mode, EndPoint application, Func<MeshAgentOptions, MeshAgentOptions>? client = null, Func<MeshAgentOptions, MeshAgentOptions>? server = null)
    {
        (MeshTlsAgent serving, MeshEndpoint tunnel) = Server(application, server, isPlain: mode == TunnelMode.Plain);
        (MeshTlsAgent dialling, IPEndPoint listen) = Client(tunnel, mode, client);
        return (dialling, serving, listen);
    }

    /// <summary>An application that gives every connection to a function.</summary>
    public TestApplication Application(Func<Socket, Task> serve)
    {
        var application = new TestApplication(serve);
        _things.Add(application);
        return application;
    }

    /// <summary>An application that sends back what it gets, and ends when its client does.</summary>
    public TestApplication Echo() => Application(async socket =>
    {
        byte[] buffer = new byte[65_536];
        int count;
        while ((count = await socket.ReceiveAsync(buffer)) > 0)
        {
            await SendAllAsync(socket, buffer.AsMemory(0, count));
        }

        socket.Shutdown(SocketShutdown.Send);
    });

    public static async Task<Socket> ConnectAsync(EndPoint to)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(to).WaitAsync(Patience);
        return socket;
    }

    public static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes).AsTask().WaitAsync(Patience)..];
        }
    }

    /// <summary>Reads to the end.</summary>
    public static async Task<byte[]> ReadAllAsync(Socket socket)
    {
        var all = new MemoryStream();
        byte[] buffer = new byte[65_536];
        int count;
        while ((count = await socket.ReceiveAsync(buffer).WaitAsync(Patience)) > 0)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    /// <summary>Sends, ends, and reads to the end.</summary>
    public static async Task<byte[]> ExchangeAsync(EndPoint to, ReadOnlyMemory<byte> bytes)
    {
        using Socket socket = await ConnectAsync(to);
        Task<byte[]> answer = ReadAllAsync(socket);
        await SendAllAsync(socket, bytes);
        socket.Shutdown(SocketShutdown.Send);
        return await answer;
    }

    /// <summary>Waits for a reset: the connection must fail, not end.</summary>
    public static async Task<SocketError> FailureOf(Func<Task> use)
    {
        try
        {
            await use();
            return SocketError.Success;
        }
        catch (SocketException failed)
        {
            return failed.SocketErrorCode;
        }
    }

    /// <summary>A reset, whichever call was the first to hear of it: reading, writing after it, or ending after it.</summary>
    public static void MustBeReset(SocketError error) =>
        Assert.Contains(error, new[] { SocketError.ConnectionReset, SocketError.Shutdown, SocketError.NotConnected });

    public static void Eventually(Func<bool> condition, string what) => Assert.True(Wait.Until(condition, Patience), what);

    public static MeshEndpoint EndpointOf(EndPoint endPoint)
    {
        var ip = (IPEndPoint)endPoint;
        Assert.True(MeshAddress.TryParse(ip.Address.ToString(), out IPv6Address address));
        return new MeshEndpoint(address, (ushort)ip.Port);
    }

    public static IPEndPoint EndPointOf(MeshEndpoint endpoint) => IPEndPoint.Parse(endpoint.ToString());

    public async ValueTask DisposeAsync()
    {
        foreach (MeshTlsAgent agent in _agents)
        {
            await agent.DisposeAsync();
        }

        _things.ForEach(thing => thing.Dispose());
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>A server on loopback. Exceptions of its function end the connection.</summary>
internal sealed class TestApplication : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private int _accepted;

    public TestApplication(Func<Socket, Task> serve)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _ = AcceptAsync(serve);
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Connections that came.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync(Func<Socket, Task> serve)
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptAsync();
                Interlocked.Increment(ref _accepted);
                _ = ServeAsync(socket, serve);
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private static async Task ServeAsync(Socket socket, Func<Socket, Task> serve)
    {
        using (socket)
        {
            try
            {
                await serve(socket);
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException or TimeoutException)
            {
                // The client went away.
            }
        }
    }
}
