using Weft.Flows;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath.Routing;

/// <summary>Where a router takes part in a segment.</summary>
internal sealed class RouterInterface
{
    /// <summary>ICMP errors a second that leave by one interface, so that one network's flood does not silence another's (RFC 1812 section 4.3.2.8, RFC 4443 section 2.4 f).</summary>
    public const int ErrorsPerSecond = 1000;

    /// <summary>Pings a second that it answers, and at once.</summary>
    public const int EchoesPerSecond = 100;

    private const int ErrorBurst = 100;
    private const int EchoBurst = 50;

    /// <summary>May send one more error.</summary>
    public TokenBucket Errors;

    /// <summary>May answer one more ping.</summary>
    public TokenBucket Echoes;

    public RouterInterface(int router, RouterInterfacePlan plan, SegmentPlan segment, int port, Timestamp start)
    {
        (Router, Plan, Segment, Port) = (router, plan, segment, port);
        Errors = new TokenBucket(ErrorsPerSecond, ErrorBurst, start);
        Echoes = new TokenBucket(EchoesPerSecond, EchoBurst, start);
    }

    /// <summary>Questions that it answered for others.</summary>
    public long Proxied;

    /// <summary>The router.</summary>
    public int Router { get; }

    /// <summary>What was configured.</summary>
    public RouterInterfacePlan Plan { get; }

    /// <summary>The segment.</summary>
    public SegmentPlan Segment { get; }

    /// <summary>Port of the segment that frames are booked under which nobody's frame caused.</summary>
    public int Port { get; }
}
