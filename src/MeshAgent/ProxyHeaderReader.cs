using System.Buffers;
using Weft.Mesh;
using Weft.MeshAgent.Loops;

namespace Weft.MeshAgent;

/// <summary>Waits for the PROXY header with which a proxy begins a connection, and takes it, and nothing behind it, off the socket.</summary>
internal sealed class ProxyHeaderReader : IReadyHandler, ILoopMember
{
    private readonly AgentCore _agent;
    private readonly LoopSocket _socket;
    private readonly MeshEndpoint _proxy;
    private readonly Action<LoopSocket, MeshEndpoint> _read;
    private readonly long _deadline;

    private ProxyHeaderReader(AgentCore agent, LoopSocket socket, MeshEndpoint proxy, Action<LoopSocket, MeshEndpoint> read)
    {
        _agent = agent;
        _socket = socket;
        _proxy = proxy;
        _read = read;
        _deadline = socket.Loop.Now + (long)agent.Options.HandshakeTimeout.TotalMilliseconds;
        socket.Handler = this;
        socket.Loop.AddMember(this);
    }

    public int MemberIndex { get; set; } = -1;

    /// <summary>Begins.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="socket">The connection.</param>
    /// <param name="proxy">Who connected: the client, if the proxy speaks for itself.</param>
    /// <param name="read">Gets the socket and the client; not called if there is no header.</param>
    public static void Begin(AgentCore agent, LoopSocket socket, MeshEndpoint proxy, Action<LoopSocket, MeshEndpoint> read) =>
        new ProxyHeaderReader(agent, socket, proxy, read).OnReady(socket);

    public void OnReady(LoopSocket socket)
    {
        Span<byte> bytes = socket.Loop.Scratch.AsSpan(0, ProxyHeader.MaxLength);
        int count = socket.Peek(bytes);
        if (count == LoopSocket.WouldBlock)
        {
            return;
        }

        switch (ProxyHeader.TryRead(bytes[..Math.Max(count, 0)], out ProxyHeader header, out int consumed))
        {
            case OperationStatus.Done:
                _ = socket.Receive(bytes[..consumed]);
                socket.Loop.RemoveMember(this);
                socket.Handler = null;
                _read(socket, header.IsProxied ? header.Source : _proxy);
                return;
            case OperationStatus.NeedMoreData when count > 0:
                return;
            default:
                socket.Loop.Counters.Values.ProxyHeadersMalformed++;
                EndNow();
                return;
        }
    }

    public void OnTick(long now)
    {
        if (now >= _deadline)
        {
            _socket.Loop.Counters.Values.HandshakeTimeouts++;
            EndNow();
        }
    }

    public void EndNow()
    {
        _socket.Loop.RemoveMember(this);
        _socket.Reset();
        _agent.Leave();
    }
}
