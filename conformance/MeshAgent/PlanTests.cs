using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Weft.Conformance.Support;
using Weft.Mesh;
using Weft.MeshAgent;
using Weft.Packets;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>Agents that follow a plan: whose address the application sees, and whose it does not.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class PlanTests
{
    [Theory]
    [InlineData(TunnelMode.Multiplexed)]
    [InlineData(TunnelMode.PerConnection)]
    public async Task The_application_sees_the_address_that_stands_for_the_client_and_the_clients_own_port(TunnelMode mode)
    {
        LiveRequirements.Need();
        var port = new MeshPort(8080, IpProtocol.Tcp);
        await using var bed = new PlanBed(port, mode);
        using Socket listener = bed.ApplicationSocket();

        using Socket client = bed.ClientSocket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(bed.Listen, TestContext.Current.CancellationToken).AsTask().WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken);
        await AgentBed.SendAllAsync(client, "hello"u8.ToArray());
        using Socket accepted = await listener.AcceptAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken);

        Assert.Equal(new IPEndPoint(bed.ClientAtServer, ((IPEndPoint)client.LocalEndPoint!).Port), accepted.RemoteEndPoint);
        AgentBed.Eventually(() => bed.Server.Counters.PortsKept == 1, "the port was kept, and that was counted");
    }

    [Fact]
    public async Task A_client_port_that_is_not_free_at_the_server_becomes_another_and_that_is_counted()
    {
        LiveRequirements.Need();
        var port = new MeshPort(8080, IpProtocol.Tcp);
        await using var bed = new PlanBed(port, TunnelMode.Multiplexed);
        using Socket listener = bed.ApplicationSocket();
        using Socket client = bed.ClientSocket(SocketType.Stream, ProtocolType.Tcp);
        using Socket squatter = bed.Socket(SocketType.Stream, ProtocolType.Tcp, new IPEndPoint(bed.ClientAtServer, ((IPEndPoint)client.LocalEndPoint!).Port));
        squatter.Listen();

        await client.ConnectAsync(bed.Listen, TestContext.Current.CancellationToken).AsTask().WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken);
        using Socket accepted = await listener.AcceptAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken);

        var seen = (IPEndPoint)accepted.RemoteEndPoint!;
        Assert.Equal(bed.ClientAtServer, seen.Address);
        Assert.NotEqual(((IPEndPoint)client.LocalEndPoint!).Port, seen.Port);
        AgentBed.Eventually(() => bed.Server.Counters.PortsChanged == 1, "another port was taken, and that was counted");
    }

    [Theory]
    [InlineData(TunnelMode.Multiplexed)]
    [InlineData(TunnelMode.PerConnection)]
    public async Task A_valid_certificate_of_another_machine_cannot_speak_for_the_client(TunnelMode mode)
    {
        LiveRequirements.Need();
        var port = new MeshPort(8080, IpProtocol.Tcp);
        await using var bed = new PlanBed(port, mode, clientIs: "third"); // the third machine's certificate, the client's plan
        using Socket listener = bed.ApplicationSocket();

        SocketError error = await AgentBed.FailureOf(async () =>
        {
            using Socket client = bed.ClientSocket(SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(bed.Listen).WaitAsync(AgentBed.Patience);
            await AgentBed.SendAllAsync(client, "hello"u8.ToArray());
            await AgentBed.ReadAllAsync(client);
        });

        AgentBed.MustBeReset(error);
        AgentBed.Eventually(() => bed.Server.Counters.OpensRefused == 1, "it is refused and counted");
        Assert.False(listener.Poll(TimeSpan.Zero, SelectMode.SelectRead), "nobody has reached the application");
    }

    [Fact]
    public async Task Datagrams_keep_their_bounds_in_both_directions_up_to_the_longest_of_all()
    {
        LiveRequirements.Need();
        var port = new MeshPort(8080, IpProtocol.Udp);
        await using var bed = new PlanBed(port, TunnelMode.Multiplexed);
        using Socket application = bed.Socket(SocketType.Dgram, ProtocolType.Udp, bed.ApplicationAt);
        using var stop = new CancellationTokenSource();
        Task echo = EchoAsync(application, stop.Token);
        using Socket client = bed.ClientSocket(SocketType.Dgram, ProtocolType.Udp);
        await client.ConnectAsync(bed.Listen, TestContext.Current.CancellationToken);
        var random = new Random(9);
        byte[] answer = new byte[70_000];

        foreach (int length in new[] { 1, 0, 100, 1472, 16_374, 16_376, 40_000, 65_507, 3 })
        {
            byte[] datagram = new byte[length];
            random.NextBytes(datagram);
            int got = await AskAsync(client, datagram, answer);
            Assert.Equal(length, got);
            Assert.True(datagram.AsSpan().SequenceEqual(answer.AsSpan(0, got)));
        }

        Assert.True(bed.Server.Counters.DatagramsDelivered >= 9);
        await stop.CancelAsync();
        await echo;
    }

    [Fact]
    public async Task Flows_of_datagrams_end_when_nothing_comes()
    {
        LiveRequirements.Need();
        var port = new MeshPort(8080, IpProtocol.Udp);
        await using var bed = new PlanBed(port, TunnelMode.Multiplexed, options => options with { DatagramIdleTimeout = TimeSpan.FromSeconds(1) });
        using Socket application = bed.Socket(SocketType.Dgram, ProtocolType.Udp, bed.ApplicationAt);
        using Socket client = bed.ClientSocket(SocketType.Dgram, ProtocolType.Udp);
        await client.SendToAsync(new byte[5], bed.Listen);
        AgentBed.Eventually(() => bed.Server.Connections == 2, "a tunnel and a flow");

        AgentBed.Eventually(() => bed.Server.Connections == 1 && bed.Client.Connections == 1, "the tunnel alone");
    }

    [Fact]
    public async Task Another_plan_takes_effect_for_new_connections_and_leaves_the_old_ones_alone()
    {
        LiveRequirements.Need();
        var port = new MeshPort(8080, IpProtocol.Tcp);
        await using var bed = new PlanBed(port, TunnelMode.Multiplexed);
        using Socket listener = bed.ApplicationSocket();
        using Socket client = bed.ClientSocket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(bed.Listen, TestContext.Current.CancellationToken).AsTask().WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken);
        using Socket accepted = await listener.AcceptAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken);

        MeshPlan without = new MeshPlanBuilder(bed.ClientPlan.Pool).Add(bed.ClientPlan.Self).Build(new MachineId(0), 2);
        bed.Client.Update(without);

        AgentBed.Eventually(
            () =>
            {
                using Socket probe = bed.Socket(SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    probe.Connect(bed.Listen);
                    return false;
                }
                catch (SocketException refused)
                {
                    return refused.SocketErrorCode == SocketError.ConnectionRefused;
                }
            },
            "nobody listens any more");
        await AgentBed.SendAllAsync(client, "still here"u8.ToArray());
        byte[] heard = new byte[10];
        Assert.Equal(10, await accepted.ReceiveAsync(heard).WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken));
        Assert.Equal("still here", Encoding.ASCII.GetString(heard));
    }

    private static async Task EchoAsync(Socket application, CancellationToken stop)
    {
        byte[] buffer = new byte[70_000];
        try
        {
            while (true)
            {
                SocketReceiveFromResult got = await application.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), stop);
                await application.SendToAsync(buffer.AsMemory(0, got.ReceivedBytes), got.RemoteEndPoint, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    // Datagrams may be lost; those that answer an earlier question are not taken for an answer to this one.
    private static async Task<int> AskAsync(Socket client, byte[] datagram, byte[] answer)
    {
        for (int attempt = 0; attempt < 60; attempt++)
        {
            await client.SendAsync(datagram);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            try
            {
                while (true)
                {
                    int got = await client.ReceiveAsync(answer, patience.Token);
                    if (got == datagram.Length)
                    {
                        return got;
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // Once more.
            }
        }

        return -1;
    }
}
