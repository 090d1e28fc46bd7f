using Weft.MeshAgent.Loops;

namespace Weft.MeshAgent.Mux;

/// <summary>A TCP connection of an application at the end of a stream.</summary>
internal sealed class ConnectionCarrier : Carrier, IReadyHandler, ILoopMember
{
    private readonly ApplicationRoute _route;
    private readonly MuxFlow _flow;
    private LoopSocket? _socket;
    private ByteQueue? _kept;
    private bool _isConnecting;
    private bool _peerFinished;
    private bool _finishedPeer;
    private bool _finished;
    private bool _ended;
    private long _deadline;
    private long _lastMoved;

    private ConnectionCarrier(AgentCore agent, EventLoop loop, in MuxFlow flow, in ApplicationRoute route)
        : base(agent, loop)
    {
        _flow = flow;
        _route = route;
        _lastMoved = loop.Now;
        _deadline = loop.Now + (long)agent.Options.HandshakeTimeout.TotalMilliseconds;
        loop.AddMember(this);
    }

    public int MemberIndex { get; set; } = -1;

    public MuxFlow Flow => _flow;

    /// <summary>A connection that a local application made.</summary>
    public static ConnectionCarrier FromApplication(AgentCore agent, LoopSocket socket, in MuxFlow flow)
    {
        var carrier = new ConnectionCarrier(agent, socket.Loop, flow, default) { _socket = socket };
        socket.Handler = carrier;
        return carrier;
    }

    /// <summary>Begins to connect to a local application for a stream of another agent.</summary>
    public static void ToApplication(AgentCore agent, EventLoop loop, MuxTunnel tunnel, MuxStream stream, in ApplicationRoute route)
    {
        var carrier = new ConnectionCarrier(agent, loop, stream.Flow, route) { _isConnecting = true };
        carrier.Attach(tunnel, stream);
        int descriptor = Sockets.Connect(route.Destination, route.Source, route.IsTransparent, out bool keptPort);
        if (descriptor < 0)
        {
            carrier.FailConnect();
            return;
        }

        if (route.Source.Port != 0)
        {
            _ = keptPort ? loop.Counters.Values.PortsKept++ : loop.Counters.Values.PortsChanged++;
        }

        carrier._socket = new LoopSocket(loop, descriptor, carrier, isReady: false);
    }

    /// <summary>The stream is open, or this side waits no more for it.</summary>
    public void Begin()
    {
        _deadline = long.MaxValue;
        WantToSend();
    }

    public void OnReady(LoopSocket socket)
    {
        if (_isConnecting)
        {
            if (!socket.IsWritable)
            {
                return;
            }

            FinishConnect(socket);
        }

        if (!_ended && !_isConnecting && SendKept() && socket.IsReadable)
        {
            WantToSend();
        }
    }

    public override int Fill(Span<byte> room, out bool hasMore)
    {
        hasMore = false;
        if (_ended || _finished || _isConnecting)
        {
            return 0;
        }

        int count = _socket!.Receive(room);
        switch (count)
        {
            case > 0:
                _lastMoved = Loop.Now;
                Loop.Counters.Values.BytesEncrypted += count;
                hasMore = _socket.IsReadable;
                return count;
            case 0:
                _finished = true;
                Tunnel!.Session.Finish(Stream!);
                EndIfOver();
                return 0;
            case LoopSocket.WouldBlock:
                return 0;
            default:
                Break();
                return 0;
        }
    }

    public override void Deliver(ReadOnlySpan<byte> bytes)
    {
        if (_ended)
        {
            return;
        }

        _lastMoved = Loop.Now;
        Loop.Counters.Values.BytesDecrypted += bytes.Length;
        int sent = 0;
        if (!_isConnecting && _kept is not { Length: > 0 })
        {
            sent = _socket!.Send(bytes);
            if (sent == LoopSocket.Broken)
            {
                Break();
                return;
            }

            sent = Math.Max(sent, 0);
            Return(sent);
        }

        if (sent < bytes.Length)
        {
            _kept ??= new ByteQueue(Loop.Buffers);
            _kept.Append(bytes[sent..]);
        }
    }

    public override void FinishByPeer()
    {
        _peerFinished = true;
        if (!_isConnecting && SendKept())
        {
            EndIfOver();
        }
    }

    public override void ResetByPeer(MuxReset reason)
    {
        if (!_ended)
        {
            _ = reason != MuxReset.Broken ? Loop.Counters.Values.OpenFailures++ : Loop.Counters.Values.Resets++;
            Detach();
            End(reset: true);
        }
    }

    public void OnTick(long now)
    {
        if (now >= _deadline)
        {
            Loop.Counters.Values.HandshakeTimeouts++;
            ResetStream(MuxReset.ApplicationFailed);
            End(reset: true);
        }
        else if (_deadline == long.MaxValue && Agent.Options.IdleTimeout > TimeSpan.Zero && now - _lastMoved > Agent.Options.IdleTimeout.TotalMilliseconds)
        {
            Loop.Counters.Values.IdleTimeouts++;
            Break();
        }
    }

    public void EndNow()
    {
        Detach();
        End(reset: true);
    }

    private void FinishConnect(LoopSocket socket)
    {
        if (socket.TakeError() != 0)
        {
            FailConnect();
            return;
        }

        _isConnecting = false;
        if (_route.SendProxyHeader)
        {
            Span<byte> header = stackalloc byte[ProxyHeader.MaxWrittenLength];
            _ = new ProxyHeader(_flow.Protocol, _flow.Client, _flow.Service).TryWrite(header, out int written);
            if (socket.Send(header[..written]) != written)
            {
                FailConnect();
                return;
            }
        }

        Loop.Counters.Values.StreamsAccepted++;
        Tunnel!.Session.Accept(Stream!);
        Tunnel.WantControl();
        Begin();
    }

    private void FailConnect()
    {
        Loop.Counters.Values.ApplicationFailures++;
        ResetStream(MuxReset.ApplicationFailed);
        End(reset: true);
    }

    private bool SendKept()
    {
        while (_kept is { Length: > 0 })
        {
            int sent = _socket!.Send(_kept.First);
            if (sent == LoopSocket.Broken)
            {
                Break();
                return false;
            }

            if (sent == LoopSocket.WouldBlock)
            {
                return !_ended;
            }

            _kept.Advance(sent);
            Return(sent);
        }

        if (_peerFinished && !_finishedPeer && !_ended)
        {
            _finishedPeer = true;
            _socket!.ShutdownSend();
            EndIfOver();
        }

        return !_ended;
    }

    private void Return(int bytes)
    {
        if (bytes > 0 && Tunnel is not null)
        {
            Tunnel.Session.Consumed(Stream!, bytes);
            Tunnel.WantControl();
        }
    }

    private void EndIfOver()
    {
        if (_finished && _finishedPeer && !_ended)
        {
            Loop.Counters.Values.Completed++;
            Detach();
            End(reset: false);
        }
    }

    private void Break()
    {
        Loop.Counters.Values.Resets++;
        ResetStream(MuxReset.Broken);
        End(reset: true);
    }

    private void End(bool reset)
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        Loop.RemoveMember(this);
        _kept?.Clear();
        if (reset)
        {
            _socket?.Reset();
        }
        else
        {
            _socket?.Close();
        }

        Agent.Leave();
    }
}
