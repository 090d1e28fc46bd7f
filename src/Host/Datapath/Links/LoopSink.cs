using Weft.Bridge;
using Weft.Host.Datapath.Protection;

namespace Weft.Host.Datapath.Links;

/// <summary>Sends probes, but not by ports that are shut.</summary>
internal readonly ref struct LoopSink(LinkSink next, PortShutdowns? shutdowns) : ILinkSink
{
    private readonly LinkSink _next = next;

    public void Send(int port, scoped ReadOnlySpan<byte> frame)
    {
        if (shutdowns?.IsShut(port) != true)
        {
            _next.Send(port, frame);
        }
    }
}
