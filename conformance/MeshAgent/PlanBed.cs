using System.Net;
using System.Net.Sockets;
using Weft.Conformance.Support;
using Weft.Mesh;
using Weft.MeshAgent;
using Weft.Packets;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>
/// Two machines of a plan on the loopback of one namespace, without a translator: clients dial listeners and servers are met at their loopback addresses, so
/// the addresses that a translator would replace can be seen.
/// </summary>
internal sealed class PlanBed : IAsyncDisposable
{
    public static readonly IPv6Address ClientAddress = IPv6Address.MapIPv4(new IPv4Address(0xC612_0001));
    public static readonly IPv6Address ServerAddress = IPv6Address.MapIPv4(new IPv4Address(0xC612_0002));

    private const ushort TunnelPort = 15443;

    private readonly NetNamespace _namespace = NetNamespace.Create();
    private readonly AgentBed _bed = new();

    public PlanBed(MeshPort port, TunnelMode mode, Func<MeshAgentOptions, MeshAgentOptions>? change = null, string clientIs = "client")
    {
        Port = port;
        MeshPlanBuilder builder = new MeshPlanBuilder(new LoopbackPool())
            .Add(Machine(0, "client", ClientAddress, []))
            .Add(Machine(1, "server", ServerAddress, [port]))
            .Add(Machine(2, "third", IPv6Address.MapIPv4(new IPv4Address(0xC612_0003)), []));
        ClientPlan = builder.Build(new MachineId(0));
        ServerPlan = builder.Build(new MachineId(1));
        _namespace.AddAddress("lo", "198.18.0.1/32");
        _namespace.AddAddress("lo", "198.18.0.2/32");
        MeshAgentOptions Options(string name, MeshPlan plan) => new() { Certificates = _bed.Issue(name), Plan = plan, Mode = mode };
        // Threads are born into the namespace of the thread that starts them.
        (Server, Client) = _namespace.Invoke(() => (
            _bed.Start(change?.Invoke(Options("server", ServerPlan)) ?? Options("server", ServerPlan)),
            _bed.Start(change?.Invoke(Options(clientIs, ClientPlan)) ?? Options(clientIs, ClientPlan))));
        Assert.True(ClientPlan.TryFindListenerOf(new MeshEndpoint(ServerAddress, port.Port), port.Protocol, out MeshListener listener));
        Listen = AgentBed.EndPointOf(listener.Local);
    }

    public AgentBed Bed => _bed;

    public MeshPort Port { get; }

    public MeshPlan ClientPlan { get; }

    public MeshPlan ServerPlan { get; }

    public MeshTlsAgent Client { get; }

    public MeshTlsAgent Server { get; }

    /// <summary>Where a client application's packets arrive after the translator.</summary>
    public IPEndPoint Listen { get; }

    /// <summary>The address that stands for the client machine at the server.</summary>
    public IPAddress ClientAtServer => IPAddress.Parse(MeshAddress.Text(ServerPlan.RestoreSources.Single(pair => pair.Machine == new MachineId(0)).Loopback));

    /// <summary>Where the server's application is met.</summary>
    public IPEndPoint ApplicationAt => new(IPAddress.Parse(MeshAddress.Text(ServerPlan.RestoreDestinations[0].Loopback)), Port.Port);

    /// <summary>A client's socket, bound to the address that stands for the client application.</summary>
    public Socket ClientSocket(SocketType type, ProtocolType protocol) =>
        Socket(type, protocol, new IPEndPoint(IPAddress.Parse(MeshAddress.Text(ClientPlan.RedirectSources[0].Loopback)), 0));

    /// <summary>A socket that listens as the server's application.</summary>
    public Socket ApplicationSocket()
    {
        Socket socket = Socket(SocketType.Stream, ProtocolType.Tcp, ApplicationAt);
        socket.Listen();
        return socket;
    }

    /// <summary>A socket on this bed's loopback.</summary>
    public Socket Socket(SocketType type, ProtocolType protocol, IPEndPoint? bind = null) => _namespace.Invoke(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        if (bind is not null)
        {
            socket.Bind(bind);
        }

        return socket;
    });

    public async ValueTask DisposeAsync()
    {
        await _bed.DisposeAsync();
        _namespace.Dispose();
    }

    private static MeshMachine Machine(int number, string name, IPv6Address address, MeshPort[] ports) => new()
    {
        Id = new MachineId(number),
        Name = name,
        Identity = AgentBed.Id(name),
        Addresses = [address],
        Tunnel = new MeshEndpoint(address, TunnelPort),
        Ports = [.. ports],
    };
}
