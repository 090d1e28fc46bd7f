using Weft.Host.Config;

namespace Weft.Host.Datapath.Sharing;

/// <content>One process of the host goes on as the member that another one was: leases change hands, and nobody in the cluster sees it.</content>
internal sealed partial class ClusterMember
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private ClusterSession? _session;
    private bool _awaits;

    /// <summary>Who this host is, and where: two processes that say the same may follow each other.</summary>
    public static string IdentityOf(ClusterPlan plan) => $"{plan.Host} {plan.File}{string.Join(' ', plan.Endpoints)}";

    /// <summary>Waits until the store has told who is there. A file has no other hosts to tell of.</summary>
    /// <exception cref="SwitchStartException">It has not in time.</exception>
    public void AwaitKnown(TimeSpan patience)
    {
        if (!IsShared)
        {
            return;
        }

        // On the thread that starts a switch, while another one forwards.
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!_discovery.HasHeard || !_pairs.HasHeard)
        {
            if (System.Diagnostics.Stopwatch.GetElapsedTime(start) > patience)
            {
                throw new SwitchStartException("cluster: the store does not answer, so the switch that runs was not taken over");
            }

            Thread.Sleep(Look);
        }
    }

    /// <summary>Opens a file that the process before this one had open.</summary>
    /// <returns>False if it still has.</returns>
    public bool TryOpenStore() => _store is not FollowingStore following || following.TryOpen();

    /// <summary>Changes nothing in the store but to keep leases, until <see cref="Continue"/>.</summary>
    public Task PauseAsync()
    {
        lock (_gate)
        {
            return Task.WhenAll(_blocks.Values.Select(blocks => blocks.PauseAsync()));
        }
    }

    /// <summary>No other process went on.</summary>
    public void Continue()
    {
        lock (_gate)
        {
            foreach (LeasedBlocks blocks in _blocks.Values)
            {
                blocks.Continue();
            }
        }
    }

    /// <summary>What another process needs to go on. Workers stand still, and <see cref="PauseAsync"/> came before.</summary>
    public ClusterSession Export()
    {
        lock (_gate)
        {
            return new ClusterSession([.. _blocks.Select(known => known.Value.Export(known.Key)).OfType<SessionBlocks>()], _discovery.Export());
        }
    }

    /// <summary>Goes on as the member that another process was.</summary>
    /// <param name="session">What it had; null for nothing.</param>
    public void Adopt(ClusterSession? session)
    {
        lock (_gate)
        {
            (_session, _awaits) = (session, false);
            foreach ((string key, LeasedBlocks blocks) in _blocks)
            {
                blocks.Adopt(Inherited(key));
            }
        }

        _discovery.Adopt(session?.Endpoints);
    }

    /// <summary>Another process has gone on, or goes on: what is left here is to stop, and leases are not given back.</summary>
    public void HandOver()
    {
        lock (_gate)
        {
            foreach (LeasedBlocks blocks in _blocks.Values)
            {
                blocks.HandOver();
            }
        }

        _discovery.HandOver();
    }

    /// <summary>What the other process had of a NAT; once only, because afterwards it is this one's to keep and to lose.</summary>
    private SessionBlocks? Inherited(string key)
    {
        SessionBlocks? found = _session?.Blocks.FirstOrDefault(blocks => blocks.Nat == key);
        if (found is not null)
        {
            _session = _session! with { Blocks = [.. _session.Blocks.Where(blocks => blocks != found)] };
        }

        return found;
    }
}
