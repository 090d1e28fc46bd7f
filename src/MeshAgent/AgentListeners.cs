using System.Runtime.InteropServices;
using Weft.Mesh;
using Weft.MeshAgent.Loops;
using Weft.MeshAgent.Mux;
using Weft.MeshAgent.Native;
using Weft.MeshAgent.Relays;
using Weft.MeshAgent.Tls;
using Weft.Packets;

namespace Weft.MeshAgent;

/// <summary>
/// The sockets at which an agent listens. Everything that one pair of agents shares lives on one loop, chosen by the peer, so that
/// accepting costs no change of threads; connections that share nothing are dealt out in turn.
/// </summary>
internal sealed class AgentListeners(AgentCore agent, EventLoop[] loops)
{
    private readonly Dictionary<(MeshEndpoint, IpProtocol), Listener> _listeners = [];
    private readonly Dictionary<(SpiffeId, MeshEndpoint), (EventLoop Loop, PeerLink Link)> _links = [];
    private int _turn;

    /// <summary>Listens where the policy says and nowhere else; what stays is not touched.</summary>
    /// <exception cref="IOException">An address cannot be bound; those before it are.</exception>
    public void Apply(AgentPolicy policy)
    {
        var wanted = new HashSet<(MeshEndpoint, IpProtocol)>();
        foreach (MeshEndpoint tunnel in policy.Tunnels)
        {
            Need(wanted, tunnel, IpProtocol.Tcp, rule: null, target: null);
        }

        foreach (MeshTarget target in policy.PlainTunnels)
        {
            Need(wanted, target.Listen!.Value, IpProtocol.Tcp, rule: null, target);
        }

        foreach (ForwardRule rule in policy.Forwards)
        {
            Need(wanted, rule.Local, rule.Protocol, rule, target: null);
        }

        foreach ((MeshEndpoint, IpProtocol) gone in _listeners.Keys.Where(key => !wanted.Contains(key)).ToList())
        {
            _listeners.Remove(gone, out Listener? listener);
            listener!.Close();
        }
    }

    /// <summary>Listens nowhere any more.</summary>
    public void Close()
    {
        foreach (Listener listener in _listeners.Values)
        {
            listener.Close();
        }

        _listeners.Clear();
    }

    /// <summary>The endpoint that a listener is bound to, its port included where the system chose it.</summary>
    public MeshEndpoint LocalOf(MeshEndpoint configured) => _listeners[(configured, IpProtocol.Tcp)].Local;

    private void Need(HashSet<(MeshEndpoint, IpProtocol)> wanted, MeshEndpoint local, IpProtocol protocol, ForwardRule? rule, MeshTarget? target)
    {
        _ = wanted.Add((local, protocol));
        if (_listeners.TryGetValue((local, protocol), out Listener? present))
        {
            if (present.Rule == rule && present.Target == target)
            {
                return;
            }

            present.Close();
            _listeners.Remove((local, protocol));
        }

        int descriptor = protocol == IpProtocol.Udp ? Sockets.BindDatagram(local) : Sockets.Listen(local);
        if (descriptor < 0)
        {
            throw new IOException($"cannot listen to {(protocol == IpProtocol.Udp ? "udp" : "tcp")} {local}: {Marshal.GetPInvokeErrorMessage(-descriptor)}");
        }

        (EventLoop loop, PeerLink? link) = rule is { Mode: TunnelMode.Multiplexed } ? LinkOf(rule) : (Next(), null);
        var listener = new Listener(this, loop, link, rule, target, descriptor);
        _listeners.Add((local, protocol), listener);
    }

    private (EventLoop, PeerLink?) LinkOf(ForwardRule rule)
    {
        if (!_links.TryGetValue((rule.Peer, rule.Tunnel), out (EventLoop Loop, PeerLink Link) link))
        {
            EventLoop loop = Next();
            link = (loop, new PeerLink(agent, loop, rule.Peer, rule.Tunnel));
            _links.Add((rule.Peer, rule.Tunnel), link);
        }

        return link;
    }

    private EventLoop Next() => loops[(uint)Interlocked.Increment(ref _turn) % (uint)loops.Length];

    private sealed class Listener : IReadyHandler, ILoopMember
    {
        /// <summary>Connections accepted before others on the loop get their turn.</summary>
        private const int AtOnce = 64;

        private readonly AgentListeners _all;
        private readonly EventLoop _loop;
        private readonly PeerLink? _link;
        private LoopSocket? _socket;
        private DatagramListener? _datagrams;

        public Listener(AgentListeners all, EventLoop loop, PeerLink? link, ForwardRule? rule, MeshTarget? target, int descriptor)
        {
            _all = all;
            _loop = loop;
            _link = link;
            Rule = rule;
            Target = target;
            Local = Sockets.LocalOf(descriptor);
            loop.Post(() => Begin(descriptor));
        }

        public ForwardRule? Rule { get; }

        public MeshTarget? Target { get; }

        public MeshEndpoint Local { get; }

        public void Close() => _loop.Post(() =>
        {
            _socket?.Close();
            _datagrams?.Close();
        });

        public void OnReady(LoopSocket socket)
        {
            for (int i = 0; i < AtOnce; i++)
            {
                int descriptor = Sockets.Accept(socket.Descriptor, out MeshEndpoint source);
                if (descriptor < 0)
                {
                    switch (-descriptor)
                    {
                        case Libc.EAGAIN:
                            return;
                        case Libc.EMFILE or Libc.ENFILE:
                            RetryLater();
                            return;
                        default:
                            continue; // that client was gone already
                    }
                }

                Take(descriptor, source);
            }

            _loop.Post(() =>
            {
                if (!socket.IsClosed)
                {
                    OnReady(socket);
                }
            });
        }

        public int MemberIndex { get; set; } = -1;

        public void OnTick(long now)
        {
            _loop.RemoveMember(this);
            if (_socket is { IsClosed: false })
            {
                OnReady(_socket);
            }
        }

        public void EndNow() => _loop.RemoveMember(this);

        private AgentCore Agent => _all.Agent;

        // Nobody tells when there are descriptors again, and the connections that wait are told of once only.
        private void RetryLater()
        {
            _loop.Counters.Values.ConnectionLimit++;
            if (MemberIndex < 0)
            {
                _loop.AddMember(this);
            }
        }

        private void Begin(int descriptor)
        {
            if (Rule?.Protocol == IpProtocol.Udp)
            {
                _datagrams = new DatagramListener(Agent, _loop, Rule, _link!, descriptor);
                return;
            }

            _socket = new LoopSocket(_loop, descriptor, this, isReady: false);
        }

        private void Take(int descriptor, MeshEndpoint source)
        {
            if (Agent.IsDraining || !Agent.TryEnter(_loop))
            {
                Refuse(descriptor);
                return;
            }

            if (Rule is null)
            {
                TakeTunnel(descriptor, source);
                return;
            }

            _loop.Counters.Values.LocalAccepted++;
            On(_link is null ? _all.Next() : _loop, loop =>
            {
                var socket = new LoopSocket(loop, descriptor, null, isReady: true);
                MeshEndpoint client = Agent.Policy.ClientOf(source);
                if (Rule.AcceptProxyHeader)
                {
                    ProxyHeaderReader.Begin(Agent, socket, client, Carry);
                }
                else
                {
                    Carry(socket, client);
                }
            });
        }

        private void Carry(LoopSocket socket, MeshEndpoint client)
        {
            if (_link is null)
            {
                Relay.Forward(Agent, socket.Loop, Rule!, socket, client);
            }
            else
            {
                _link.Open(ConnectionCarrier.FromApplication(Agent, socket, new MuxFlow(IpProtocol.Tcp, client, Rule!.Service)));
            }
        }

        private void TakeTunnel(int descriptor, MeshEndpoint source)
        {
            _loop.Counters.Values.TunnelsAccepted++;
            if (!Agent.TryBeginHandshake(_loop, source))
            {
                Agent.Leave();
                Refuse(descriptor);
                return;
            }

            On(_all.Next(), loop => TlsOpener.Accept(Agent, loop, descriptor, source, new Incoming(Agent, loop, Target)));
        }

        private void On(EventLoop loop, Action<EventLoop> action)
        {
            if (loop == _loop)
            {
                action(loop);
            }
            else
            {
                loop.Post(() => action(loop));
            }
        }

        private static void Refuse(int descriptor)
        {
            Sockets.SetLingerZero(descriptor);
            _ = Libc.close(descriptor);
        }
    }

    /// <summary>Gives a TLS connection that somebody else began to what it turns out to be.</summary>
    private sealed class Incoming(AgentCore agent, EventLoop loop, MeshTarget? target) : ITlsOwner
    {
        public void OnOpened(LoopSocket socket, TlsConnection tls)
        {
            if (tls.Protocol == TunnelProtocol.Mux && target is null)
            {
                _ = new MuxTunnel(agent, loop, socket, tls, link: null);
            }
            else
            {
                Relay.Serve(agent, loop, target, socket, tls);
            }
        }

        public void OnOpenFailed(string reason) => agent.Leave();
    }

    private AgentCore Agent => agent;
}
