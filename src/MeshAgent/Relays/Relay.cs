using System.Buffers;
using Weft.Mesh;
using Weft.MeshAgent.Loops;
using Weft.MeshAgent.Tls;
using Weft.Packets;

namespace Weft.MeshAgent.Relays;

/// <summary>
/// One application connection and the TLS connection that carries it, from either side. It lives on one loop and holds buffers only while
/// bytes wait.
/// </summary>
internal sealed partial class Relay : IReadyHandler, ILoopWork, ILoopMember, ITlsOwner
{
    private readonly AgentCore _agent;
    private readonly EventLoop _loop;
    private readonly MeshTarget? _target;
    private readonly ForwardRule? _forward;
    private MeshEndpoint _client;
    private MeshEndpoint _service;
    private LoopSocket? _plain;
    private LoopSocket? _secure;
    private TlsConnection? _tls;
    private ApplicationRoute _route;
    private Phase _phase;
    private readonly long _deadline;
    private long _expiry = long.MaxValue;

    private Relay(AgentCore agent, EventLoop loop, ForwardRule? forward, MeshTarget? target)
    {
        _agent = agent;
        _loop = loop;
        _forward = forward;
        _target = target;
        _deadline = loop.Now + (long)agent.Options.HandshakeTimeout.TotalMilliseconds;
        loop.AddMember(this);
    }

    private enum Phase
    {
        /// <summary>The TLS connection is being made.</summary>
        Opening,

        /// <summary>The other agent says who talks to whom.</summary>
        ReadingPreface,

        /// <summary>The application is being connected to.</summary>
        Connecting,

        /// <summary>Bytes pass.</summary>
        Open,

        Ended,
    }

    public int MemberIndex { get; set; } = -1;

    public bool IsScheduled { get; set; }

    /// <summary>Carries a connection of a local application to another agent.</summary>
    public static void Forward(AgentCore agent, EventLoop loop, ForwardRule forward, LoopSocket socket, MeshEndpoint client)
    {
        var relay = new Relay(agent, loop, forward, null) { _client = client, _service = forward.Service, _plain = socket };
        socket.Handler = relay;
        relay.Dial();
    }

    /// <summary>Carries a connection of another agent, whose handshake is done, to a local application.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="loop">The loop.</param>
    /// <param name="target">The application, where the other side does not say; else null.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="tls">The TLS connection.</param>
    public static void Serve(AgentCore agent, EventLoop loop, MeshTarget? target, LoopSocket socket, TlsConnection tls)
    {
        var relay = new Relay(agent, loop, null, target);
        relay.OnOpened(socket, tls);
    }

    public void OnReady(LoopSocket socket) => Continue();

    public void Continue()
    {
        switch (_phase)
        {
            case Phase.ReadingPreface:
                ReadPreface();
                break;
            case Phase.Connecting:
                FinishConnect();
                break;
            case Phase.Open:
                Pump();
                break;
        }
    }

    public void OnOpened(LoopSocket socket, TlsConnection tls)
    {
        _secure = socket;
        _tls = tls;
        socket.Handler = this;
        if (_agent.Options.ExpiryGrace is { } grace)
        {
            _expiry = _agent.ExpiryOf(_loop, tls.Peer.NotAfter, tls.Context.Identity.NotAfter, grace);
        }

        if (_forward is not null)
        {
            WritePreface(tls);
        }
        else if (_target is not null)
        {
            // Whoever comes here means this application; whether he is one of its clients his certificate says.
            if (!_target.Clients.Contains(tls.Peer.Id))
            {
                RefuseOpen(tls, $"{tls.Peer.Id} is no client of {_target.Application}");
                return;
            }

            Connect(AgentPolicy.RouteOf(_target));
        }
        else if (tls.Protocol == TunnelProtocol.Relay)
        {
            _phase = Phase.ReadingPreface;
            ReadPreface();
        }
        else
        {
            RefuseOpen(tls, $"{tls.Peer.Id} does not say which service it means");
        }
    }

    public void OnOpenFailed(string reason)
    {
        _loop.Counters.Values.OpenFailures++;
        Abort();
    }

    public void OnTick(long now)
    {
        if (_phase != Phase.Open && now >= _deadline)
        {
            if (_phase != Phase.Opening)
            {
                _loop.Counters.Values.HandshakeTimeouts++;
                Abort();
            }
        }
        else if (now >= _expiry)
        {
            _loop.Counters.Values.ExpiredTunnels++;
            Abort();
        }
        else if (_phase == Phase.Open && _agent.Options.IdleTimeout > TimeSpan.Zero && now - _lastMoved > _agent.Options.IdleTimeout.TotalMilliseconds)
        {
            _loop.Counters.Values.IdleTimeouts++;
            Abort();
        }
    }

    public void EndNow() => Release(reset: true);

    private void Dial()
    {
        _phase = Phase.Opening;
        TunnelProtocol protocol = _forward!.Mode == TunnelMode.PerConnection ? TunnelProtocol.Relay : TunnelProtocol.Plain;
        TlsOpener.Dial(_agent, _loop, new TlsPeer(_forward.Peer, protocol), _forward.Tunnel, this);
    }

    private void WritePreface(TlsConnection tls)
    {
        if (_forward!.Mode == TunnelMode.PerConnection)
        {
            Span<byte> header = stackalloc byte[ProxyHeader.MaxWrittenLength];
            if (!new ProxyHeader(IpProtocol.Tcp, _client, _service).TryWrite(header, out int written) || !tls.Write(header[..written]))
            {
                Abort();
                return;
            }
        }

        Open();
    }

    private void ReadPreface()
    {
        _kept ??= _loop.Buffers.Rent();
        int count = _tls!.Read(_kept.AsSpan(_keptEnd, TlsConnection.MaxPlaintext), out TlsStatus status);
        if (count == 0)
        {
            if (status != TlsStatus.Wait)
            {
                Abort();
            }

            return;
        }

        _keptEnd += count;
        switch (ProxyHeader.TryRead(_kept.AsSpan(0, _keptEnd), out ProxyHeader header, out int consumed))
        {
            case OperationStatus.Done when !header.IsProxied:
            case OperationStatus.InvalidData:
                _loop.Counters.Values.ProxyHeadersMalformed++;
                Abort();
                return;
            case OperationStatus.NeedMoreData:
                _loop.Schedule(this);
                return;
        }

        _keptStart = consumed;
        (_client, _service) = (header.Source, header.Destination);
        if (_agent.Policy.TryRoute(_tls.Peer.Id, _client, _service, header.Protocol, out ApplicationRoute route))
        {
            Connect(route);
        }
        else
        {
            RefuseOpen(_tls, $"{_tls.Peer.Id} asked for {_service} as {_client}, which no rule allows");
        }
    }

    private void RefuseOpen(TlsConnection tls, string text)
    {
        _loop.Counters.Values.OpensRefused++;
        _agent.Tell(MeshAgentEventKind.OpenRefused, text);
        Abort();
    }

    private void Connect(ApplicationRoute route)
    {
        _route = route;
        int descriptor = Sockets.Connect(route.Destination, route.Source, route.IsTransparent, out bool keptPort);
        if (descriptor < 0)
        {
            _loop.Counters.Values.ApplicationFailures++;
            Abort();
            return;
        }

        if (route.Source.Port != 0)
        {
            _ = keptPort ? _loop.Counters.Values.PortsKept++ : _loop.Counters.Values.PortsChanged++;
        }

        _phase = Phase.Connecting;
        _plain = new LoopSocket(_loop, descriptor, this, isReady: false);
    }

    private void FinishConnect()
    {
        if (!_plain!.IsWritable)
        {
            return;
        }

        if (_plain.TakeError() != 0)
        {
            _loop.Counters.Values.ApplicationFailures++;
            Abort();
            return;
        }

        if (_route.SendProxyHeader)
        {
            // A client that nobody named is the other agent itself: the header then says that the proxy speaks for itself.
            Span<byte> header = stackalloc byte[ProxyHeader.MaxWrittenLength];
            bool isKnown = _service != default;
            _ = new ProxyHeader(isKnown ? IpProtocol.Tcp : default, _client, _service).TryWrite(header, out int written);
            if (_plain.Send(header[..written]) != written)
            {
                Abort();
                return;
            }
        }

        Open();
    }

    private void Open()
    {
        _phase = Phase.Open;
        _lastMoved = _loop.Now;
        _loop.Counters.Values.Relays++;
        Pump();
    }

    /// <summary>Ends both sides so that neither takes what it got for the whole.</summary>
    private void Abort()
    {
        _loop.Counters.Values.Resets++;
        Release(reset: true);
    }

    private void Release(bool reset)
    {
        if (_phase == Phase.Ended)
        {
            return;
        }

        _phase = Phase.Ended;
        _loop.RemoveMember(this);
        ReturnKept();
        _tls?.Free();
        Close(_plain, reset);
        if (!reset && _tls!.ExpectsAnswer)
        {
            LingeringClose.Begin(_secure!);
        }
        else
        {
            Close(_secure, reset);
        }

        _agent.Leave();
    }

    private static void Close(LoopSocket? socket, bool reset)
    {
        if (reset)
        {
            socket?.Reset();
        }
        else
        {
            socket?.Close();
        }
    }
}
