using Weft.Mesh;
using Weft.MeshAgent.Loops;
using Weft.MeshAgent.Tls;
using Weft.Packets;

namespace Weft.MeshAgent.Mux;

/// <summary>A TLS connection that carries many streams, on one loop. Its part that moves bytes is in MuxTunnel.Pump.cs.</summary>
internal sealed partial class MuxTunnel : IReadyHandler, ILoopWork, ILoopMember
{
    private readonly AgentCore _agent;
    private readonly EventLoop _loop;
    private readonly LoopSocket _socket;
    private readonly TlsConnection _tls;
    private readonly PeerLink? _link;
    private readonly long _certificateEnd;
    private readonly long _expiry;
    private bool _isRetired;
    private bool _ended;
    private long _emptySince;

    /// <summary>Makes a tunnel of a TLS connection whose handshake is done.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="loop">The loop.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="tls">The connection.</param>
    /// <param name="link">Whose streams it carries, at the side that dialled; null at the other.</param>
    public MuxTunnel(AgentCore agent, EventLoop loop, LoopSocket socket, TlsConnection tls, PeerLink? link)
    {
        _agent = agent;
        _loop = loop;
        _socket = socket;
        _tls = tls;
        _link = link;
        Session = new MuxSession(link is not null, agent.Options.StreamCredit, agent.Options.MaxStreams);
        _certificateEnd = agent.ExpiryOf(loop, tls.Peer.NotAfter, tls.Context.Identity.NotAfter, TimeSpan.Zero);
        _expiry = agent.Options.ExpiryGrace is { } grace ? agent.ExpiryOf(loop, tls.Peer.NotAfter, tls.Context.Identity.NotAfter, grace) : long.MaxValue;
        _emptySince = loop.Now;
        socket.Handler = this;
        loop.AddMember(this);
        loop.Schedule(this);
    }

    public int MemberIndex { get; set; } = -1;

    public bool IsScheduled { get; set; }

    public MuxSession Session { get; }

    /// <summary>True if new streams should go elsewhere.</summary>
    public bool IsRetired => _isRetired || _ended || _agent.IsDraining || Session.IsPeerLeaving || _loop.Now >= _certificateEnd || _tls.Context != _agent.Context;

    public void OnReady(LoopSocket socket) => _loop.Schedule(this);

    /// <summary>Lets streams that it has end, and takes no new ones.</summary>
    public void Retire()
    {
        if (!_isRetired && !_ended)
        {
            _isRetired = true;
            Session.GoAway();
            _loop.Schedule(this);
        }
    }

    public void OnTick(long now)
    {
        if (now >= _expiry)
        {
            _loop.Counters.Values.ExpiredTunnels++;
            End("a certificate has expired");
            return;
        }

        if (_link is null)
        {
            if (_tls.Context != _agent.Context || _agent.IsDraining)
            {
                Retire(); // the other side makes a new one and closes this when its streams are over
            }
        }
        else if (Session.Count > 0)
        {
            _emptySince = now;
        }
        else if (IsRetired || now - _emptySince > _agent.Options.TunnelIdleTimeout.TotalMilliseconds)
        {
            CloseInGoodOrder();
        }
    }

    public void EndNow() => End("the agent ends");

    private void CloseInGoodOrder()
    {
        _tls.CloseNotify();
        _ = _tls.Flush();
        End("idle");
    }

    private void End(string reason)
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        _loop.RemoveMember(this);
        foreach (MuxStream stream in Session.Streams)
        {
            var carrier = (Carrier?)stream.Carrier;
            stream.Carrier = null;
            carrier?.ResetByPeer(MuxReset.Broken);
        }

        _tls.Free();
        _socket.Close();
        _agent.Leave();
        _link?.OnEnded(this, reason);
    }

    // The identity that the certificate proved decides. What the frame says of the client is only compared with what that identity may say.
    private void OpenByPeer(MuxStream stream)
    {
        MuxFlow flow = stream.Flow;
        if (!_agent.Policy.TryRoute(_tls.Peer.Id, flow.Client, flow.Service, flow.Protocol, out ApplicationRoute route))
        {
            _loop.Counters.Values.OpensRefused++;
            _agent.Tell(MeshAgentEventKind.OpenRefused, $"{_tls.Peer.Id} asked for {flow.Service} as {flow.Client}, which no rule allows");
            Session.Reset(stream, MuxReset.NotAllowed);
            return;
        }

        if (_agent.IsDraining || _loop.Now >= _certificateEnd)
        {
            Session.Reset(stream, MuxReset.Leaving);
            return;
        }

        if (!_agent.TryEnter(_loop))
        {
            Session.Reset(stream, MuxReset.Limit);
            return;
        }

        if (flow.Protocol == IpProtocol.Udp)
        {
            DatagramCarrier.ToApplication(_agent, _loop, this, stream, route);
        }
        else
        {
            ConnectionCarrier.ToApplication(_agent, _loop, this, stream, route);
        }
    }
}
