using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Weft.Conformance.Support;
using Weft.Mesh;
using Weft.MeshAgent;
using Weft.Packets;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>PROXY headers that a proxy before the agent sends, and that the agent sends to applications.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class ProxyTests
{
    private static readonly ProxyHeader FromProxy = new(
        IpProtocol.Tcp, new MeshEndpoint(new IPv4Address(0xC000_0201), 4321), new MeshEndpoint(new IPv4Address(0xC612_0002), 8080));

    [Theory]
    [InlineData(TunnelMode.PerConnection)]
    [InlineData(TunnelMode.Multiplexed)]
    public async Task The_client_that_a_proxy_names_is_told_to_the_application(TunnelMode mode)
    {
        await using var bed = new AgentBed();
        TestApplication application = bed.Application(async socket => await AgentBed.SendAllAsync(socket, await AgentBed.ReadAllAsync(socket)));
        (_, _, var listen) = bed.Pair(
            mode,
            application.EndPoint,
            options => options with { Forwards = [options.Forwards[0] with { AcceptProxyHeader = true }] },
            options => options with { Targets = [options.Targets[0] with { SendProxyHeader = true }] });
        byte[] header = new byte[ProxyHeader.MaxWrittenLength];
        Assert.True(FromProxy.TryWrite(header, out int written));

        byte[] seen = await AgentBed.ExchangeAsync(listen, (byte[])[.. header.AsSpan(0, written), .. "GET"u8]);

        Assert.Equal(OperationStatus.Done, ProxyHeader.TryRead(seen, out ProxyHeader told, out int consumed));
        Assert.Equal(FromProxy with { Destination = AgentBed.Service }, told);
        Assert.Equal("GET", Encoding.ASCII.GetString(seen[consumed..]));
    }

    [Fact]
    public async Task A_stream_tells_the_application_where_its_client_really_is()
    {
        await using var bed = new AgentBed();
        TestApplication application = bed.Application(async socket => await AgentBed.SendAllAsync(socket, await AgentBed.ReadAllAsync(socket)));
        (_, _, var listen) = bed.Pair(
            TunnelMode.Multiplexed, application.EndPoint, server: options => options with { Targets = [options.Targets[0] with { SendProxyHeader = true }] });

        using Socket client = await AgentBed.ConnectAsync(listen);
        client.Shutdown(SocketShutdown.Send);
        byte[] seen = await AgentBed.ReadAllAsync(client);

        Assert.Equal(OperationStatus.Done, ProxyHeader.TryRead(seen, out ProxyHeader told, out _));
        Assert.Equal(AgentBed.EndpointOf(client.LocalEndPoint!), told.Source);
        Assert.Equal(AgentBed.Service, told.Destination);
    }

    [Theory]
    [InlineData(TunnelMode.PerConnection)]
    [InlineData(TunnelMode.Multiplexed)]
    public async Task A_client_that_sends_no_header_where_one_is_due_is_reset_before_anything_is_dialled(TunnelMode mode)
    {
        await using var bed = new AgentBed();
        TestApplication application = bed.Echo();
        (MeshTlsAgent client, _, var listen) = bed.Pair(
            mode, application.EndPoint, options => options with { Forwards = [options.Forwards[0] with { AcceptProxyHeader = true }] });

        SocketError error = await AgentBed.FailureOf(() => AgentBed.ExchangeAsync(listen, "GET / HTTP/1.1\r\n\r\n"u8.ToArray()));

        AgentBed.MustBeReset(error);
        Assert.Equal(1, client.Counters.ProxyHeadersMalformed);
        Assert.Equal(0, client.Counters.TunnelsDialled);
    }
}
