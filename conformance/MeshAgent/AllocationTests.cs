using System.Net;
using System.Net.Sockets;
using Weft.Conformance.Support;
using Weft.MeshAgent;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>A chunk that is relayed allocates nothing, on either side.</summary>
[Trait(Kind.Key, Kind.Alloc)]
public sealed class AllocationTests
{
    private const int Exchanges = 2000;

    public static TheoryData<TunnelMode> Modes => [TunnelMode.Multiplexed, TunnelMode.PerConnection, TunnelMode.Plain];

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Chunks_of_an_open_connection_allocate_nothing_on_the_agents_threads(TunnelMode mode)
    {
        await using var bed = new AgentBed();
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        (MeshTlsAgent client, MeshTlsAgent server, IPEndPoint listen) = bed.Pair(mode, listener.LocalEndPoint!);
        using var left = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 60_000 };
        left.Connect(listen);
        byte[] chunk = new byte[40_000];
        left.Send(chunk);
        using Socket right = listener.Accept();
        right.ReceiveTimeout = 60_000;
        Fill(right, chunk);
        Exchange(left, right, chunk, 200); // buffers are made when they are first needed

        long before = client.AllocatedByLoops() + server.AllocatedByLoops();
        Exchange(left, right, chunk, Exchanges);
        long bytes = client.AllocatedByLoops() + server.AllocatedByLoops() - before;

        Assert.Equal(0, bytes);
    }

    private static void Exchange(Socket left, Socket right, byte[] chunk, int times)
    {
        for (int i = 0; i < times; i++)
        {
            int length = 1 + (i * 7919 % chunk.Length);
            left.Send(chunk.AsSpan(0, length));
            Fill(right, chunk.AsSpan(0, length));
            right.Send(chunk.AsSpan(0, length));
            Fill(left, chunk.AsSpan(0, length));
        }
    }

    private static void Fill(Socket socket, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int count = socket.Receive(buffer);
            Assert.NotEqual(0, count);
            buffer = buffer[count..];
        }
    }
}
