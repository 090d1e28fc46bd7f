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

    public Translators(SwitchPlan plan, Routers routers, HashSeed seed, Timestamp start, EventLog? events, Func<NatPlan, LeasedBlocks>? leases, Translators? earlier = null)
    {
        All = [.. plan.Nats.Select(nat => new Translator(nat, routers, seed, start, events, leases, Find(earlier, nat.Name)))];
        _ofRouter = [.. plan.Routers.Select((_, router) => Array.Find(All, nat => nat.Plan.Router == router))];
    }

    /// <summary>All of them, in the order of the configuration.</summary>
    public Translator[] All { get; }

    /// <summary>The one of a router, if it has one.</summary>
    public Translator? Of(int router) => _ofRouter[router];

    /// <summary>Begins: leases blocks, opens static ports.</summary>
    public void Begin(Timestamp now) => Array.ForEach(All, nat => nat.Begin(now));

    /// <summary>Goes on where the translators of the same names in the configuration before stop.</summary>
    public void TakeOver(Translators old, Timestamp now)
    {
        foreach (Translator nat in All)
        {
            if (Find(old, nat.Plan.Name) is Translator before)
            {
                nat.TakeOver(before, now);
            }
            else
            {
                nat.Begin(now);
            }
        }
    }

    private static Translator? Find(Translators? all, string name) => all is null ? null : Array.Find(all.All, known => known.Plan.Name == name);

    public void Dispose() => Array.ForEach(All, nat => nat.Dispose());
}
