using System.Buffers.Binary;
using Weft.Mesh;
using Weft.MeshAgent.Loops;

namespace Weft.MeshAgent.Mux;

/// <summary>
/// A flow of UDP datagrams at the end of a stream. In the stream each datagram follows its length in two bytes, in network order; a datagram
/// for which there is no room is dropped, as a network would.
/// </summary>
internal sealed class DatagramCarrier : Carrier, IReadyHandler, ILoopMember
{
    /// <summary>Longest datagram of UDP over IPv4 (RFC 768).</summary>
    public const int MaxDatagram = 65_507;

    private const int LengthBytes = 2;

    /// <summary>Bytes that wait for the tunnel before datagrams are dropped: two of the longest.</summary>
    private const int MaxWaiting = 2 * (MaxDatagram + LengthBytes);

    private readonly DatagramListener? _listener;
    private readonly ByteQueue _outgoing;
    private readonly ByteQueue _incoming;
    private LoopSocket? _socket;
    private bool _ended;
    private long _lastMoved;

    private DatagramCarrier(AgentCore agent, EventLoop loop, in MuxFlow flow, DatagramListener? listener, MeshEndpoint source)
        : base(agent, loop)
    {
        Flow = flow;
        Source = source;
        _listener = listener;
        _outgoing = new ByteQueue(loop.Buffers);
        _incoming = new ByteQueue(loop.Buffers);
        _lastMoved = loop.Now;
        loop.AddMember(this);
    }

    public int MemberIndex { get; set; } = -1;

    public MuxFlow Flow { get; }

    /// <summary>Where the local application sends from, as the listener sees it.</summary>
    public MeshEndpoint Source { get; }

    /// <summary>A flow that a local application began.</summary>
    public static DatagramCarrier FromApplication(AgentCore agent, EventLoop loop, DatagramListener listener, MeshEndpoint source, in MuxFlow flow) =>
        new(agent, loop, flow, listener, source);

    /// <summary>A flow of another agent to a local application.</summary>
    public static void ToApplication(AgentCore agent, EventLoop loop, MuxTunnel tunnel, MuxStream stream, in ApplicationRoute route)
    {
        var carrier = new DatagramCarrier(agent, loop, stream.Flow, null, default);
        carrier.Attach(tunnel, stream);
        int descriptor = Sockets.ConnectDatagram(route.Destination, route.Source, route.IsTransparent, out bool keptPort);
        if (descriptor < 0)
        {
            loop.Counters.Values.ApplicationFailures++;
            carrier.ResetStream(MuxReset.ApplicationFailed);
            carrier.End();
            return;
        }

        if (route.Source.Port != 0)
        {
            _ = keptPort ? loop.Counters.Values.PortsKept++ : loop.Counters.Values.PortsChanged++;
        }

        carrier._socket = new LoopSocket(loop, descriptor, carrier, isReady: true);
        loop.Counters.Values.StreamsAccepted++;
        tunnel.Session.Accept(stream);
        tunnel.WantControl();
    }

    /// <summary>Sends a datagram of the application through the tunnel, or drops it.</summary>
    public void Send(ReadOnlySpan<byte> datagram)
    {
        if (_ended || datagram.Length > MaxDatagram || _outgoing.Length + LengthBytes + datagram.Length > MaxWaiting)
        {
            Loop.Counters.Values.DatagramsDropped++;
            return;
        }

        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)datagram.Length);
        _outgoing.Append(length);
        _outgoing.Append(datagram);
        _lastMoved = Loop.Now;
        Loop.Counters.Values.DatagramsSent++;
        Loop.Counters.Values.BytesEncrypted += datagram.Length;
        WantToSend();
    }

    public void OnReady(LoopSocket socket)
    {
        Span<byte> datagram = Loop.Scratch;
        while (!_ended)
        {
            int count = socket.ReceiveFrom(datagram, out _);
            if (count == LoopSocket.WouldBlock)
            {
                return;
            }

            if (count >= 0)
            {
                Send(datagram[..count]);
            }

            // Broken is only the answer to an earlier datagram (the application is not there): the flow goes on.
        }
    }

    public override int Fill(Span<byte> room, out bool hasMore)
    {
        int count = _outgoing.Peek(room);
        _outgoing.Advance(count);
        hasMore = _outgoing.Length > 0;
        return count;
    }

    public override void Deliver(ReadOnlySpan<byte> bytes)
    {
        if (_ended)
        {
            return;
        }

        _lastMoved = Loop.Now;
        _incoming.Append(bytes);
        Tunnel?.Session.Consumed(Stream!, bytes.Length);
        Tunnel?.WantControl();
        Span<byte> length = stackalloc byte[LengthBytes];
        while (_incoming.Length >= LengthBytes)
        {
            _ = _incoming.Peek(length);
            int size = BinaryPrimitives.ReadUInt16BigEndian(length);
            if (_incoming.Length < LengthBytes + size)
            {
                return;
            }

            _incoming.Advance(LengthBytes);
            Span<byte> datagram = Loop.SecondScratch.AsSpan(0, size);
            _ = _incoming.Peek(datagram);
            _incoming.Advance(size);
            HandOver(datagram);
        }
    }

    public override void FinishByPeer() => Finish();

    public override void ResetByPeer(MuxReset reason)
    {
        Detach();
        End();
    }

    public void OnTick(long now)
    {
        if (now - _lastMoved > Agent.Options.DatagramIdleTimeout.TotalMilliseconds)
        {
            Finish();
        }
    }

    public void EndNow()
    {
        Detach();
        End();
    }

    private void HandOver(ReadOnlySpan<byte> datagram)
    {
        bool taken = _listener is not null ? _listener.Answer(Source, datagram) : _socket!.Send(datagram) == datagram.Length;
        if (taken)
        {
            Loop.Counters.Values.DatagramsDelivered++;
            Loop.Counters.Values.BytesDecrypted += datagram.Length;
        }
        else
        {
            Loop.Counters.Values.DatagramsDropped++;
        }
    }

    private void Finish()
    {
        if (Tunnel is { } tunnel && Stream is { } stream)
        {
            tunnel.Session.Finish(stream);
            tunnel.WantControl();
        }

        Detach();
        End();
    }

    private void End()
    {
        if (!_ended)
        {
            _ended = true;
            Loop.RemoveMember(this);
            _outgoing.Clear();
            _incoming.Clear();
            _socket?.Close();
            _listener?.Forget(this);
            Agent.Leave();
        }
    }
}
