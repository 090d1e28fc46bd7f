using Weft.Mesh;
using Weft.MeshAgent.Loops;
using Weft.Packets;

namespace Weft.MeshAgent.Mux;

/// <summary>Where local applications send datagrams to a service of another machine: a flow for each address and port that they come from.</summary>
internal sealed class DatagramListener : IReadyHandler
{
    private readonly AgentCore _agent;
    private readonly EventLoop _loop;
    private readonly ForwardRule _rule;
    private readonly PeerLink _link;
    private readonly LoopSocket _socket;
    private readonly Dictionary<MeshEndpoint, DatagramCarrier> _flows = [];

    public DatagramListener(AgentCore agent, EventLoop loop, ForwardRule rule, PeerLink link, int descriptor)
    {
        _agent = agent;
        _loop = loop;
        _rule = rule;
        _link = link;
        _socket = new LoopSocket(loop, descriptor, this, isReady: true);
    }

    public void OnReady(LoopSocket socket)
    {
        Span<byte> datagram = _loop.Scratch;
        while (true)
        {
            int count = socket.ReceiveFrom(datagram, out MeshEndpoint source);
            if (count == LoopSocket.WouldBlock)
            {
                return;
            }

            if (count >= 0)
            {
                FlowOf(source)?.Send(datagram[..count]);
            }
        }
    }

    /// <summary>Sends the service's answer; false if it was not taken.</summary>
    public bool Answer(MeshEndpoint source, ReadOnlySpan<byte> datagram) => !_socket.IsClosed && _socket.SendTo(datagram, source);

    /// <summary>A flow has ended.</summary>
    public void Forget(DatagramCarrier flow) => _flows.Remove(flow.Source);

    /// <summary>Takes no more datagrams; flows end when they are idle.</summary>
    public void Close() => _socket.Close();

    private DatagramCarrier? FlowOf(MeshEndpoint source)
    {
        if (_flows.TryGetValue(source, out DatagramCarrier? flow))
        {
            return flow;
        }

        if (_agent.IsDraining || !_agent.TryEnter(_loop))
        {
            _loop.Counters.Values.DatagramsDropped++;
            return null;
        }

        flow = DatagramCarrier.FromApplication(_agent, _loop, this, source, new MuxFlow(IpProtocol.Udp, _agent.Policy.ClientOf(source), _rule.Service));
        _flows.Add(source, flow);
        _link.Open(flow);
        return flow;
    }
}
