using Weft.Host.Config;
using Weft.Host.Datapath.Routing;
using Weft.Packets;

namespace Weft.Host.Datapath.Balancing;

/// <summary>The ways back of a switch, by router.</summary>
internal sealed class ReturnPaths : IDisposable
{
    private readonly ReturnPath[][] _ofRouter;

    public ReturnPaths(SwitchPlan plan, Routers routers, HashSeed seed, Timestamp start, ReturnPaths? earlier = null)
    {
        All = [.. plan.Lbs.Select(lb => new ReturnPath(lb, routers, seed, start, Find(earlier, lb.Name)))];
        _ofRouter = [.. plan.Routers.Select((_, router) => Array.FindAll(All, lb => lb.Plan.Router == router))];
    }

    /// <summary>All of them, in the order of the configuration.</summary>
    public ReturnPath[] All { get; }

    /// <summary>The one that a packet of a load balancer to a server belongs to, if there is one.</summary>
    /// <param name="router">The router.</param>
    /// <param name="from">The interface that it came by.</param>
    /// <param name="to">The interface that it leaves by.</param>
    public ReturnPath? Forward(int router, int from, int to)
    {
        foreach (ReturnPath path in _ofRouter[router])
        {
            if (path.Front == from && path.Back == to)
            {
                return path;
            }
        }

        return null;
    }

    /// <summary>The one that a packet of a server belongs to, if there is one.</summary>
    /// <param name="router">The router.</param>
    /// <param name="from">The interface that it came by.</param>
    public ReturnPath? Reply(int router, int from)
    {
        foreach (ReturnPath path in _ofRouter[router])
        {
            if (path.Back == from)
            {
                return path;
            }
        }

        return null;
    }

    /// <summary>Ages flows.</summary>
    public void Advance(Timestamp now)
    {
        foreach (ReturnPath path in All)
        {
            path.Advance(now);
        }
    }

    /// <summary>Goes on where the ways back of the same names in the configuration before stop.</summary>
    public void TakeOver(ReturnPaths old, Timestamp now)
    {
        foreach (ReturnPath path in All)
        {
            if (Find(old, path.Plan.Name) is ReturnPath before)
            {
                path.TakeOver(before, now);
            }
        }
    }

    private static ReturnPath? Find(ReturnPaths? all, string name) => all is null ? null : Array.Find(all.All, known => known.Plan.Name == name);

    public void Dispose() => Array.ForEach(All, path => path.Dispose());
}
