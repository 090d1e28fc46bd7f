using Weft.Mesh;
using Weft.MeshAgent.Loops;
using Weft.MeshAgent.Tls;

namespace Weft.MeshAgent.Mux;

/// <summary>
/// The way to one peer, on one loop: the tunnel that takes new streams, the one that is being made, and the carriers that wait for it.
/// Tunnels that are retired live until their streams have ended.
/// </summary>
internal sealed class PeerLink(AgentCore agent, EventLoop loop, SpiffeId peer, MeshEndpoint tunnelEndpoint) : ITlsOwner
{
    private readonly Queue<Carrier> _waiting = new();
    private MuxTunnel? _current;
    private bool _isOpening;

    /// <summary>Finds a stream for a carrier, at once or when a tunnel has been made.</summary>
    public void Open(Carrier carrier)
    {
        if (_current is { IsRetired: true })
        {
            loop.Counters.Values.TunnelsReplaced++;
            _current.Retire();
            _current = null;
        }

        if (_current is null || !TryOpen(_current, carrier))
        {
            _waiting.Enqueue(carrier);
            Dial();
        }
    }

    /// <summary>The tunnel may open streams.</summary>
    public void OnReady(MuxTunnel tunnel)
    {
        _isOpening = false;
        _current = tunnel;
        while (_waiting.TryPeek(out Carrier? carrier) && TryOpen(tunnel, carrier))
        {
            _ = _waiting.Dequeue();
        }

        Dial();
    }

    /// <summary>A tunnel has ended.</summary>
    public void OnEnded(MuxTunnel tunnel, string reason)
    {
        if (_current == tunnel)
        {
            _current = null;
        }
        else if (_isOpening && !tunnel.Session.IsReady)
        {
            OnOpenFailed(reason); // the handshake went well here, and the other side refused us (TLS 1.3 tells later)
        }
    }

    public void OnOpened(LoopSocket socket, TlsConnection tls)
    {
        if (tls.Protocol != TunnelProtocol.Mux)
        {
            tls.Free();
            socket.Close();
            agent.Leave();
            OnOpenFailed("the other side does not know streams");
            return;
        }

        _ = new MuxTunnel(agent, loop, socket, tls, this);
    }

    public void OnOpenFailed(string reason)
    {
        _isOpening = false;
        while (_waiting.TryDequeue(out Carrier? carrier))
        {
            carrier.ResetByPeer(MuxReset.ApplicationFailed);
        }
    }

    private void Dial()
    {
        if (_isOpening || _waiting.Count == 0)
        {
            return;
        }

        if (!agent.TryEnter(loop))
        {
            OnOpenFailed("there are as many connections as there may be");
            return;
        }

        _isOpening = true;
        TlsOpener.Dial(agent, loop, new TlsPeer(peer, TunnelProtocol.Mux), tunnelEndpoint, new Dialled(agent, this));
    }

    private bool TryOpen(MuxTunnel tunnel, Carrier carrier)
    {
        if (tunnel.IsRetired || !tunnel.Session.TryOpen(FlowOf(carrier), carrier, out MuxStream? stream))
        {
            return false;
        }

        loop.Counters.Values.StreamsOpened++;
        carrier.Attach(tunnel, stream!);
        tunnel.WantControl();
        if (carrier is ConnectionCarrier connection)
        {
            connection.Begin();
        }
        else
        {
            carrier.WantToSend();
        }

        return true;
    }

    private static MuxFlow FlowOf(Carrier carrier) => carrier is ConnectionCarrier connection ? connection.Flow : ((DatagramCarrier)carrier).Flow;

    /// <summary>Gives the place of a connection back that was never made.</summary>
    private sealed class Dialled(AgentCore agent, PeerLink link) : ITlsOwner
    {
        public void OnOpened(LoopSocket socket, TlsConnection tls) => link.OnOpened(socket, tls);

        public void OnOpenFailed(string reason)
        {
            agent.Leave();
            link.OnOpenFailed(reason);
        }
    }
}
