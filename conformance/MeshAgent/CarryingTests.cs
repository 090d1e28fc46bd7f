using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Weft.Conformance.Support;
using Weft.MeshAgent;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>What applications see of a connection that agents carry, in every mode: what they would see of TCP.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class CarryingTests
{
    public static TheoryData<TunnelMode> Modes => [TunnelMode.Multiplexed, TunnelMode.PerConnection, TunnelMode.Plain];

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Bytes_arrive_in_both_directions_and_both_ends_are_heard(TunnelMode mode)
    {
        await using var bed = new AgentBed();
        (_, _, var listen) = bed.Pair(mode, bed.Echo().EndPoint);
        byte[] sent = RandomNumberGenerator.GetBytes(3_000_000);

        byte[] answer = await AgentBed.ExchangeAsync(listen, sent);

        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(answer));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task A_client_that_has_ended_still_hears_all_of_the_answer(TunnelMode mode)
    {
        await using var bed = new AgentBed();
        TestApplication application = bed.Application(async socket =>
        {
            byte[] question = await AgentBed.ReadAllAsync(socket);
            await AgentBed.SendAllAsync(socket, Encoding.ASCII.GetBytes($"heard {question.Length}; ").Concat(new byte[500_000]).ToArray());
            socket.Shutdown(SocketShutdown.Send);
        });
        (_, _, var listen) = bed.Pair(mode, application.EndPoint);

        byte[] answer = await AgentBed.ExchangeAsync(listen, new byte[1234]);

        Assert.Equal(500_000 + "heard 1234; ".Length, answer.Length);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task A_server_that_has_ended_still_hears_all_that_the_client_sends(TunnelMode mode)
    {
        await using var bed = new AgentBed();
        var heard = new TaskCompletionSource<int>();
        TestApplication application = bed.Application(async socket =>
        {
            await AgentBed.SendAllAsync(socket, "hello"u8.ToArray());
            socket.Shutdown(SocketShutdown.Send);
            heard.SetResult((await AgentBed.ReadAllAsync(socket)).Length);
        });
        (_, _, var listen) = bed.Pair(mode, application.EndPoint);

        using Socket client = await AgentBed.ConnectAsync(listen);
        Assert.Equal("hello"u8.ToArray(), await AgentBed.ReadAllAsync(client));
        await AgentBed.SendAllAsync(client, new byte[700_000]);
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal(700_000, await heard.Task.WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task A_client_whose_server_is_not_there_is_reset_and_not_ended(TunnelMode mode)
    {
        await using var bed = new AgentBed();
        TestApplication application = bed.Echo();
        (MeshTlsAgent client, MeshTlsAgent server, var listen) = bed.Pair(mode, application.EndPoint);
        application.Dispose();

        // On a quick machine the reset is there before the client has looked at its connection.
        SocketError error = await AgentBed.FailureOf(async () =>
        {
            using Socket socket = await AgentBed.ConnectAsync(listen);
            await AgentBed.ReadAllAsync(socket);
        });

        AgentBed.MustBeReset(error);
        AgentBed.Eventually(() => server.Counters.ApplicationFailures == 1, "the failure was counted");
        AgentBed.Eventually(() => client.Connections <= 1 && server.Connections <= 1, "nothing is left but a tunnel");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task A_reset_of_one_application_is_a_reset_for_the_other(TunnelMode mode)
    {
        await using var bed = new AgentBed();
        var seen = new TaskCompletionSource<SocketError>();
        var ready = new TaskCompletionSource();
        TestApplication application = bed.Application(async socket =>
        {
            await socket.ReceiveAsync(new byte[1]);
            ready.SetResult();
            seen.SetResult(await AgentBed.FailureOf(() => AgentBed.ReadAllAsync(socket)));
        });
        (_, _, var listen) = bed.Pair(mode, application.EndPoint);

        using (Socket socket = await AgentBed.ConnectAsync(listen))
        {
            await AgentBed.SendAllAsync(socket, new byte[1]);
            await ready.Task.WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken);
            socket.LingerState = new LingerOption(true, 0);
        }

        Assert.Equal(SocketError.ConnectionReset, await seen.Task.WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task A_server_that_speaks_first_is_heard_at_once(TunnelMode mode)
    {
        await using var bed = new AgentBed();
        TestApplication application = bed.Application(async socket =>
        {
            await AgentBed.SendAllAsync(socket, "220 ready\r\n"u8.ToArray());
            await AgentBed.ReadAllAsync(socket);
        });
        (_, _, var listen) = bed.Pair(mode, application.EndPoint);

        using Socket socket = await AgentBed.ConnectAsync(listen);
        byte[] greeting = new byte[11];
        int count = await socket.ReceiveAsync(greeting).WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken);

        Assert.Equal("220 ready\r\n", Encoding.ASCII.GetString(greeting, 0, count));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Hundreds_of_connections_come_and_go_at_once(TunnelMode mode)
    {
        await using var bed = new AgentBed();
        TestApplication application = bed.Echo();
        (MeshTlsAgent client, MeshTlsAgent server, var listen) = bed.Pair(mode, application.EndPoint);

        async Task Work(int number)
        {
            byte[] sent = RandomNumberGenerator.GetBytes(1 + (number * 97 % 40_000));
            Assert.Equal(sent, await AgentBed.ExchangeAsync(listen, sent));
        }

        for (int round = 0; round < 4; round++)
        {
            await Task.WhenAll(Enumerable.Range(round * 75, 75).Select(Work));
        }

        Assert.Equal(300, application.Accepted);
        AgentBed.Eventually(() => client.Counters.Completed == 300 && server.Counters.Completed == 300, "each was counted as completed");
        Assert.Equal(0, client.Counters.Resets + server.Counters.Resets);
        if (mode == TunnelMode.Multiplexed)
        {
            Assert.Equal(1, client.Counters.TunnelsDialled);
        }
        else
        {
            Assert.True(client.Counters.Resumptions > 100, $"sessions are resumed: {client.Counters.Resumptions}");
        }
    }
}
