using Weft.Multicast;

namespace Weft.Host.Config.Document;

/// <summary>The group <c>multicast</c> of the document: what all segments have in common.</summary>
internal sealed class MulticastSection : Section
{
    public Setting<int> Robustness { get; set; }

    public Setting<int> QueryIntervalSeconds { get; set; }

    public Setting<int> QueryResponseMilliseconds { get; set; }

    public Setting<int> LastMemberQueryMilliseconds { get; set; }

    public Setting<Strictness> Strictness { get; set; }

    public Setting<int> Flows { get; set; }

    public Setting<int> ActionBlocks { get; set; }

    public Setting<int> FlowIdleSeconds { get; set; }

    public List<MulticastRouteSection> Routes { get; } = [];
}
