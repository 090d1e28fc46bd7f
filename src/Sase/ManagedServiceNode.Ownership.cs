using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Ownership;

namespace Weft.Sase;

/// <summary>Who owns which bundle.</summary>
public sealed partial class ManagedServiceNode
{
    private static readonly TimeSpan QueryInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(1);

    /// <summary>How long a store's answer is looked for at every turn; after that it is found when something else is due.</summary>
    private static readonly TimeSpan StoreAttention = TimeSpan.FromMilliseconds(50);

    /// <summary>A node that is alive and has not claimed a bundle for so many announcements does not own it.</summary>
    private const int SilentAnnouncements = 3;

    /// <summary>How long a node leaves a bundle that it owned in an earlier life to the others, who may know its flows: while one of them is in sight, and while none is.</summary>
    private static readonly TimeSpan OthersPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LonePatience = TimeSpan.FromSeconds(1);

    private static readonly Timestamp LongAgo = new(long.MinValue / 2);

    private readonly Bundle[] _bundles;

    /// <summary>Whether the store has said in this life who owns a bundle: what it says first may be an owner of this name that has forgotten.</summary>
    private readonly bool[] _isToldByStore;
    private readonly SpscRing<SaseEvent> _events = new(EventCapacity);
    private Placement? _placement;
    private Timestamp _lastAdvance;
    private readonly Timestamp _listenUntil;
    private Timestamp _nextAnnounce;
    private Timestamp _nextQuery = Timestamp.MaxValue;
    private Timestamp _answerDue;
    private uint _query;
    private int _announceMember = int.MaxValue;
    private int _announceBundle;
    private int _queryMember = int.MaxValue;
    private bool _livenessChanged = true;
    private bool _drains;
    private bool _hasAskedStore;

    private Placement Order => _placement ??= new Placement(_pop.Nodes, _pop.Bundles, _pop.Pinned);

    /// <summary>When <see cref="Advance"/> has to be called at the latest.</summary>
    public Timestamp NextDue
    {
        get
        {
            Timestamp next = Earlier(Earlier(Earlier(_nextAnnounce, _nextQuery), _timers.NextWork), Earlier(_commits?.NextDue ?? Timestamp.MaxValue, _memory is null ? Timestamp.MaxValue : _nextMemory));
            foreach (PeerLink link in _links)
            {
                next = Earlier(next, link.IsUp && link.WalkCursor >= 0 ? _lastAdvance : link.NextDue);
            }

            return _lastAdvance < _answerDue || _changed.Count > 0 || _ended.Count > 0 || _livenessChanged || _announceMember != int.MaxValue || (_sessionsHanded >= 0 && _sessions!.Room >= WalkSlice) || (_removed >= 0 && HasRoomForEnds) ? _lastAdvance : next;
        }
    }

    /// <summary>Says that another node is alive, as BFD found out.</summary>
    /// <param name="node">Its number.</param>
    public void PeerUp(int node)
    {
        if (node != _self && !_links[node].IsUp)
        {
            (_links[node].IsUp, _links[node].UpSince) = (true, _lastAdvance);
            Restart(_links[node]);
            _livenessChanged = true;
        }
    }

    /// <summary>Says that another node is not heard any more, as BFD found out.</summary>
    /// <param name="node">Its number.</param>
    public void PeerDown(int node)
    {
        if (node != _self && _links[node].IsUp)
        {
            _links[node].IsUp = false;
            _livenessChanged = true;
        }
    }

    /// <summary>Hands every bundle over to its backup as soon as that one knows all flows. What gateways ask this node for afterwards, because nobody else owns it, it gives away again, until <see cref="Undrain"/>.</summary>
    public void Drain()
    {
        IsDraining = _drains = true;
        foreach (ref Bundle bundle in _bundles.AsSpan())
        {
            bundle.IsDraining = bundle.Role == BundleRole.Active;
        }
    }

    /// <summary>Takes bundles again, when somebody hands them over or fails.</summary>
    public void Undrain()
    {
        IsDraining = false;
        foreach (ref Bundle bundle in _bundles.AsSpan())
        {
            // What a store has promised already goes.
            bundle.IsDraining &= !bundle.Promised.IsNone;
        }
    }

    /// <summary>Takes a bundle over in an epoch that somebody else decided on: an operator, a store, a test.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="epoch">The epoch, which names this node.</param>
    /// <returns>False, with nothing changed, if it names another node or is not later than what is known.</returns>
    public bool TryActivate(int bundle, Epoch epoch)
    {
        if (epoch.Node != _self || epoch <= _bundles[bundle].Epoch)
        {
            return false;
        }

        Activate(bundle, epoch);
        return true;
    }

    /// <summary>True if another node has to be told something before the next packet is sent: call <see cref="TryTakeMessage"/> first.</summary>
    public bool HasNews => _changed.Count > 0 || _ended.Count > 0;

    /// <summary>True after <see cref="Drain"/>.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Takes the next event. Those that nobody takes are lost once 1,024 wait.</summary>
    public bool TryTakeEvent(out SaseEvent happened) => _events.TryTake(out happened);

    /// <summary>Does what time demands. Between two calls no more than <see cref="ServiceNodeOptions.StallLimit"/> may pass, or the node stops until it is confirmed.</summary>
    /// <param name="now">The time.</param>
    public void Advance(Timestamp now)
    {
        if (now - _lastAdvance > _options.StallLimit)
        {
            Suspend(now);
        }

        _lastAdvance = now;
        _sessions?.Advance(now);
        AskWhatIsWritten(now);
        while (_options.Store is IOwnershipStore store && store.TryTake(out OwnershipGrant grant))
        {
            Granted(grant, now);
        }

        Expire(now);
        if (_livenessChanged)
        {
            _livenessChanged = false;
            ChooseBackups();
        }

        Replicate(now);
        ReviewCommits(now);
        if (_drains)
        {
            HandOver(now);
        }

        EndHandedSessions();
        EndRemoved();

        if (now >= _nextAnnounce)
        {
            (_announceMember, _announceBundle, _nextAnnounce) = (0, 0, now + _pop.AnnounceInterval);
        }

        if (now >= _nextQuery)
        {
            (_queryMember, _nextQuery) = (0, now + QueryInterval);
        }
    }

    /// <summary>True if the backup of a bundle has acknowledged everything that this node, as the owner, knows.</summary>
    internal bool IsBackupCurrent(int bundle) => _bundles[bundle] is { IsInSync: true, Backup: not Announcement.NoBackup } known && _changed.Count == 0 && _ended.Count == 0 && _links[known.Backup].IsQuiet;

    private static Timestamp Earlier(Timestamp left, Timestamp right) => left < right ? left : right;

    private void Tell(SaseEventKind kind, int bundle) => _events.TryAdd(new SaseEvent(kind, bundle, _bundles[bundle].Epoch));
}
