using Weft.Mesh;
using Weft.MeshAgent.Loops;

namespace Weft.MeshAgent.Tls;

/// <summary>Takes one socket through connect and handshake, within the deadline, and hands it to its owner.</summary>
internal sealed class TlsOpener : IReadyHandler, ILoopMember
{
    private readonly AgentCore _agent;
    private readonly EventLoop _loop;
    private readonly LoopSocket _socket;
    private readonly TlsPeer? _peer;
    private readonly MeshEndpoint _other;
    private readonly ITlsOwner _owner;
    private readonly long _deadline;
    private TlsConnection? _tls;
    private bool _ended;

    private TlsOpener(AgentCore agent, EventLoop loop, int descriptor, TlsPeer? peer, MeshEndpoint other, ITlsOwner owner)
    {
        _agent = agent;
        _loop = loop;
        _peer = peer;
        _other = other;
        _owner = owner;
        _deadline = loop.Now + (long)agent.Options.HandshakeTimeout.TotalMilliseconds;
        Sockets.KeepAlive(descriptor);
        _socket = new LoopSocket(loop, descriptor, this, isReady: peer is null);
        loop.AddMember(this);
    }

    public int MemberIndex { get; set; } = -1;

    /// <summary>Begins to connect to another agent.</summary>
    public static void Dial(AgentCore agent, EventLoop loop, TlsPeer peer, MeshEndpoint tunnel, ITlsOwner owner)
    {
        loop.Counters.Values.TunnelsDialled++;
        int descriptor = Sockets.Connect(tunnel, default, transparent: false, out _);
        if (descriptor < 0)
        {
            loop.Counters.Values.TunnelFailures++;
            owner.OnOpenFailed($"cannot connect to {tunnel}: errno {-descriptor}");
            return;
        }

        _ = new TlsOpener(agent, loop, descriptor, peer, tunnel, owner);
    }

    /// <summary>Begins the handshake with somebody who connected.</summary>
    public static void Accept(AgentCore agent, EventLoop loop, int descriptor, MeshEndpoint source, ITlsOwner owner)
    {
        var opener = new TlsOpener(agent, loop, descriptor, null, source, owner);
        opener.OnReady(opener._socket);
    }

    public void OnReady(LoopSocket socket)
    {
        if (_tls is null)
        {
            if (_peer is not null)
            {
                if (!socket.IsWritable)
                {
                    return;
                }

                int error = socket.TakeError();
                if (error != 0)
                {
                    Fail($"cannot connect to {_other}: errno {error}");
                    return;
                }
            }

            _tls = new TlsConnection(_agent.Context, socket, _peer);
        }

        switch (_tls.Handshake())
        {
            case TlsStatus.Wait:
                return;
            case TlsStatus.Done:
                Succeed(_tls);
                return;
            default:
                FailHandshake(_tls);
                return;
        }
    }

    public void OnTick(long now)
    {
        if (now >= _deadline)
        {
            _loop.Counters.Values.HandshakeTimeouts++;
            Fail($"{_other} did not finish the handshake in {_agent.Options.HandshakeTimeout.TotalSeconds:0.#} s");
        }
    }

    public void EndNow()
    {
        End();
        _tls?.Free();
        _socket.Reset();
        _owner.OnOpenFailed("the agent ends");
    }

    private void Succeed(TlsConnection tls)
    {
        _loop.Counters.Values.Handshakes++;
        _loop.Counters.Values.Resumptions += tls.IsResumed ? 1 : 0;
        End();
        _owner.OnOpened(_socket, tls);
    }

    private void FailHandshake(TlsConnection tls)
    {
        if (tls.Refusal == PeerRefusal.None)
        {
            _loop.Counters.Values.HandshakeFailures++;
            Fail($"no handshake with {_other}: {tls.FailureReason ?? "the connection ended"}");
            return;
        }

        _loop.Counters.Values.Refused(tls.Refusal)++;
        string text = $"{_other} was refused: {tls.Refusal}" + (tls.Peer.Id.IsEmpty ? "" : $" ({tls.Peer.Id})");
        _agent.Tell(MeshAgentEventKind.PeerRefused, text);
        Fail(text);
    }

    private void Fail(string reason)
    {
        if (_peer is not null)
        {
            _loop.Counters.Values.TunnelFailures++;
            _agent.Tell(MeshAgentEventKind.TunnelFailed, reason);
        }

        End();
        _tls?.Free();
        _socket.ShutdownSend(); // what was said last, an alert, is to arrive
        _socket.Close();
        _owner.OnOpenFailed(reason);
    }

    private void End()
    {
        if (!_ended)
        {
            _ended = true;
            _loop.RemoveMember(this);
            if (_peer is null)
            {
                _agent.EndHandshake(_other);
            }
        }
    }
}
