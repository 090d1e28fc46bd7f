using Weft.Host.Config;
using Weft.Host.Datapath.Routing;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath.Translation;

/// <summary>The NATs of a switch, by router.</summary>
internal sealed class Translators : IDisposable
{
    private readonly Translator?[] _ofRouter;

    public Translators(SwitchPlan plan, Routers routers, HashSeed seed, Timestamp start, EventLog? events, Func<NatPlan, LeasedBlocks>? leases)
    {
        All = [.. plan.Nats.Select(nat => new Translator(nat, routers, seed, start, events, leases))];
        _ofRouter = [.. plan.Routers.Select((_, router) => Array.Find(All, nat => nat.Plan.Router == router))];
    }

    /// <summary>All of them, in the order of the configuration.</summary>
    public Translator[] All { get; }

    /// <summary>The one of a router, if it has one.</summary>
    public Translator? Of(int router) => _ofRouter[router];

    public void Dispose() => Array.ForEach(All, nat => nat.Dispose());
}
