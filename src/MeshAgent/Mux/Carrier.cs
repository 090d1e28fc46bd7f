using Weft.MeshAgent.Loops;

namespace Weft.MeshAgent.Mux;

/// <summary>What stands at the end of a stream: the connection or the flow of datagrams of an application.</summary>
internal abstract class Carrier(AgentCore agent, EventLoop loop)
{
    /// <summary>The tunnel that the stream is in; null until it is open and after it has ended.</summary>
    public MuxTunnel? Tunnel { get; private set; }

    /// <summary>The stream.</summary>
    public MuxStream? Stream { get; private set; }

    /// <summary>True while it waits for its turn to send; the tunnel's.</summary>
    public bool IsQueued { get; set; }

    protected AgentCore Agent => agent;

    protected EventLoop Loop => loop;

    /// <summary>Puts it at the end of a stream.</summary>
    public void Attach(MuxTunnel tunnel, MuxStream stream)
    {
        Tunnel = tunnel;
        Stream = stream;
        stream.Carrier = this;
    }

    /// <summary>The stream may send, or there is something to send.</summary>
    public void WantToSend()
    {
        if (Tunnel is not null)
        {
            Tunnel.Want(this);
        }
    }

    /// <summary>Puts bytes of the application into a frame.</summary>
    /// <param name="room">The room, as much as the stream has credit for.</param>
    /// <param name="hasMore">True if there may be more at once.</param>
    /// <returns>How many; 0 if there are none now.</returns>
    public abstract int Fill(Span<byte> room, out bool hasMore);

    /// <summary>Takes bytes for the application.</summary>
    public abstract void Deliver(ReadOnlySpan<byte> bytes);

    /// <summary>The other application sends no more.</summary>
    public abstract void FinishByPeer();

    /// <summary>The stream is broken, or its tunnel is, or there never was one.</summary>
    public abstract void ResetByPeer(MuxReset reason);

    /// <summary>Breaks the stream from this side.</summary>
    protected void ResetStream(MuxReset reason)
    {
        (MuxTunnel? tunnel, MuxStream? stream) = (Tunnel, Stream);
        Tunnel = null;
        if (tunnel is not null && stream is not null)
        {
            tunnel.Session.Reset(stream, reason);
            tunnel.WantControl();
        }
    }

    /// <summary>Forgets the stream.</summary>
    protected void Detach() => Tunnel = null;
}
