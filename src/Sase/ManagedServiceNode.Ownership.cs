using System.Buffers.Binary;
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

    private readonly Bundle[] _bundles;
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

    private Placement Order => _placement ??= new Placement(_pop.Nodes, _pop.Bundles, _pop.Pinned);

    /// <summary>When <see cref="Advance"/> has to be called at the latest.</summary>
    public Timestamp NextDue
    {
        get
        {
            Timestamp next = Earlier(Earlier(_nextAnnounce, _nextQuery), _timers.NextWork);
            foreach (PeerLink link in _links)
            {
                next = Earlier(next, link.IsUp && link.WalkCursor >= 0 ? _lastAdvance : link.NextDue);
            }

            return _lastAdvance < _answerDue || _changed.Count > 0 || _ended.Count > 0 || _livenessChanged || _announceMember != int.MaxValue ? _lastAdvance : next;
        }
    }

    /// <summary>Says that another node is alive, as BFD found out.</summary>
    /// <param name="node">Its number.</param>
    public void PeerUp(int node)
    {
        if (node != _self && !_links[node].IsUp)
        {
            _links[node].IsUp = true;
            _links[node].Restart();
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
        if (_drains)
        {
            HandOver(now);
        }

        if (now >= _nextAnnounce)
        {
            (_announceMember, _announceBundle, _nextAnnounce) = (0, 0, now + _pop.AnnounceInterval);
        }

        if (now >= _nextQuery)
        {
            (_queryMember, _nextQuery) = (0, now + QueryInterval);
        }
    }

    /// <summary>Takes what another member says.</summary>
    /// <param name="message">The message.</param>
    /// <param name="source">The address that it came from.</param>
    /// <param name="now">The time.</param>
    public MessageVerdict Receive(ReadOnlySpan<byte> message, IPv4Address source, Timestamp now)
    {
        MessageVerdict verdict = PopMessage.TryRead(message, out PopMessage header);
        if (verdict == MessageVerdict.Accepted)
        {
            verdict = !IsFrom(header, source) ? MessageVerdict.UnknownSender : Take(header, message[PopMessage.Length..], now);
        }

        _counters.MessagesRefused += verdict is MessageVerdict.Malformed or MessageVerdict.OtherVersion or MessageVerdict.UnknownSender ? 1 : 0;
        return verdict;
    }

    /// <summary>Takes the next message for another member. Call it until it is false, and send what it gives ahead of packets: a flow's record goes out before its first packet.</summary>
    /// <param name="message">Gets it; at least 1,400 bytes.</param>
    /// <param name="length">Its length.</param>
    /// <param name="to">The address that it goes to.</param>
    /// <param name="now">The time.</param>
    public bool TryTakeMessage(Span<byte> message, out int length, out IPv4Address to, Timestamp now)
    {
        Replicate(now);
        for (int node = 0; node < _links.Length; node++)
        {
            if (_links[node].TryTake(message, out length, now))
            {
                to = _pop.Nodes[node];
                return true;
            }
        }

        return TryTakeQuery(message, out length, out to) || TryTakeAnnouncement(message, out length, out to);
    }

    /// <summary>True if the backup of a bundle has acknowledged everything that this node, as the owner, knows.</summary>
    internal bool IsBackupCurrent(int bundle) => _bundles[bundle] is { IsInSync: true, Backup: not Announcement.NoBackup } known && _changed.Count == 0 && _ended.Count == 0 && _links[known.Backup].IsQuiet;

    private static Timestamp Earlier(Timestamp left, Timestamp right) => left < right ? left : right;

    private bool IsFrom(in PopMessage header, IPv4Address source) =>
        _members.Find(source.Value) == header.Member + (header.IsNode ? PopOptions.MaxGateways : 0) && !(header.IsNode && header.Member == _self);

    private MessageVerdict Take(in PopMessage header, ReadOnlySpan<byte> body, Timestamp now)
    {
        switch (header.Kind)
        {
            case PopMessageKind.Announce when header.IsNode:
                Heard(header, body, now);
                return MessageVerdict.Accepted;
            case PopMessageKind.Announce:
                TakeWishes(header, body, now);
                return MessageVerdict.Accepted;
            case PopMessageKind.Records when header.IsNode:
                return TakeRecords(header, body, now);
            case PopMessageKind.Ack when header.IsNode:
                return _links[header.Member].Acknowledge(header, body);
            default:
                return MessageVerdict.Malformed;
        }
    }

    /// <summary>What an owner says of its bundles.</summary>
    private void Heard(in PopMessage header, ReadOnlySpan<byte> body, Timestamp now)
    {
        PeerLink link = _links[header.Member];
        if (link.PeerIncarnation != header.Incarnation)
        {
            // It began anew and knows nothing of what it was told.
            bool isNews = link.PeerIncarnation != 0;
            link.PeerIncarnation = header.Incarnation;
            if (isNews)
            {
                link.Restart();
                _livenessChanged = true;
            }
        }

        for (int i = 0; i < header.Count; i++)
        {
            var said = Announcement.Read(body[(i * Announcement.Length)..]);
            if (said.Bundle < _bundles.Length && said.IsOwner && said.Epoch.Node == header.Member)
            {
                Learn(said.Bundle, said.Epoch);
                _bundles[said.Bundle].HeardAt = said.Epoch == _bundles[said.Bundle].Epoch ? now : _bundles[said.Bundle].HeardAt;
            }
        }
    }

    /// <summary>What a gateway goes by, or answers to a question.</summary>
    private void TakeWishes(in PopMessage header, ReadOnlySpan<byte> body, Timestamp now)
    {
        bool isAnswer = header.Sequence != 0 && header.Sequence == _query;
        for (int i = 0; i < header.Count; i++)
        {
            var said = Announcement.Read(body[(i * Announcement.Length)..]);
            if (said.Bundle >= _bundles.Length || (said.Epoch.IsNone && !isAnswer))
            {
                continue;
            }

            ref Bundle bundle = ref _bundles[said.Bundle];
            if (isAnswer && bundle.Role == BundleRole.Suspended)
            {
                Confirm(said.Bundle, ref bundle, said.Epoch);
            }
            else if (header.Sequence == 0 && said.IsInSync && said.Epoch > bundle.Epoch && said.Epoch.Node != _self && said.Epoch.Node < _links.Length)
            {
                Overtaken(said.Bundle, ref bundle, said.Epoch);
            }
            else if (header.Sequence == 0 && said.Epoch.Node == _self && bundle.Role is (BundleRole.Standby or BundleRole.Activating))
            {
                Claim(said.Bundle, said.Epoch, now);
            }
        }
    }

    /// <summary>
    /// A gateway has heard an owner of a later epoch. If that node is in sight and does not say so itself, it has forgotten: whoever owns the bundle
    /// now goes on in an epoch behind that one. Otherwise it may well be the owner.
    /// </summary>
    private void Overtaken(int number, ref Bundle bundle, Epoch epoch)
    {
        if (bundle.Role == BundleRole.Active && _links[epoch.Node].IsUp)
        {
            bundle.Epoch = epoch.Next(_self);
            _nextAnnounce = _lastAdvance;
            return;
        }

        Learn(number, epoch);
    }

    private void Confirm(int number, ref Bundle bundle, Epoch epoch)
    {
        if (epoch > bundle.Epoch && epoch.Node != _self)
        {
            Learn(number, epoch);
            return;
        }

        (bundle.Role, bundle.Epoch) = (BundleRole.Active, Later(bundle.Epoch, epoch));
        Tell(SaseEventKind.Resumed, number);
    }

    /// <summary>True if this node may deal with a packet of a bundle. A gateway that asks for a later epoch wants this node to be the owner.</summary>
    private bool IsOwner(int number, Epoch wanted, Timestamp now)
    {
        ref Bundle bundle = ref _bundles[number];
        if (wanted > bundle.Epoch && wanted.Node == _self)
        {
            if (bundle.Role == BundleRole.Active)
            {
                // Gateways have lost this node for a moment and come back to it.
                bundle.Epoch = wanted;
            }
            else
            {
                Claim(number, wanted, now);
            }
        }

        return bundle.Role == BundleRole.Active;
    }

    /// <summary>Takes a bundle over if its owner is not alive for this node either: the gateway that asks is the other witness.</summary>
    private void Claim(int number, Epoch wanted, Timestamp now)
    {
        ref Bundle bundle = ref _bundles[number];
        bool ownerLives = !bundle.Epoch.IsNone && bundle.Epoch.Node != _self && _links[bundle.Epoch.Node].IsUp && now - bundle.HeardAt < _pop.AnnounceInterval * SilentAnnouncements;
        bool asked = bundle.Role == BundleRole.Activating && now - bundle.AskedAt < StorePatience;
        if (now < _listenUntil || ownerLives || asked || bundle.Role == BundleRole.Suspended)
        {
            return;
        }

        // Who knows of no epoch may have forgotten one: what gateways still go by was another life's.
        Epoch next = bundle.Epoch.IsNone || wanted <= bundle.Epoch ? Later(wanted, bundle.Epoch).Next(_self) : wanted;
        if (_options.Store is IOwnershipStore store)
        {
            bundle.Role = BundleRole.Activating;
            Ask(store, number, bundle.Epoch, next, now);
            return;
        }

        Activate(number, next);
    }

    private void Ask(IOwnershipStore store, int number, Epoch expected, Epoch next, Timestamp now)
    {
        (_bundles[number].AskedAt, _answerDue) = (now, now + StoreAttention);
        store.Request(number, expected, next, now);
    }

    private void Granted(in OwnershipGrant grant, Timestamp now)
    {
        ref Bundle bundle = ref _bundles[grant.Bundle];
        if (bundle is { Role: BundleRole.Active, IsDraining: true } && grant.Epoch > bundle.Epoch && grant.Epoch.Node == bundle.Backup)
        {
            // What this node asked for: the rest of the flows comes first, then the word that it goes by.
            bundle.Promised = grant.Epoch;
            return;
        }

        if (grant.Epoch.Node == _self && bundle.Role == BundleRole.Activating && grant.Epoch > bundle.Epoch && now >= _listenUntil)
        {
            Activate(grant.Bundle, grant.Epoch);
            return;
        }

        if (bundle.Role == BundleRole.Activating)
        {
            bundle.Role = BundleRole.Standby;
        }

        if (grant.Epoch.Node != _self)
        {
            Learn(grant.Bundle, grant.Epoch);
        }
        else if (bundle.Epoch.IsNone || bundle.Epoch.Node == _self || !_links[bundle.Epoch.Node].IsUp)
        {
            // Otherwise it is promised to this node, and its owner will say when the last flow has been told.
            bundle.Epoch = Later(bundle.Epoch, grant.Epoch);
        }
    }

    private static Epoch Later(Epoch left, Epoch right) => left > right ? left : right;

    private void Activate(int number, Epoch epoch)
    {
        ref Bundle bundle = ref _bundles[number];
        // Gateways do not know who drains: what they ask for is served first, and given away then.
        bundle = new Bundle { Epoch = epoch, Role = BundleRole.Active, Backup = Announcement.NoBackup, IsDraining = IsDraining };
        _drains |= IsDraining;
        _livenessChanged = true;
        _nextAnnounce = _lastAdvance;
        Tell(SaseEventKind.Activated, number);
    }

    /// <summary>Learns who owns a bundle; gives it up if that is another one.</summary>
    private void Learn(int number, Epoch epoch)
    {
        ref Bundle bundle = ref _bundles[number];
        if (epoch <= bundle.Epoch)
        {
            return;
        }

        bool owned = bundle.Role is BundleRole.Active or BundleRole.Suspended;
        bundle = new Bundle { Epoch = epoch, Role = BundleRole.Standby, Backup = Announcement.NoBackup, HeardAt = _lastAdvance };
        if (owned)
        {
            // What began here meanwhile is nobody else's knowledge.
            _links[epoch.Node].WalkCursor = 0;
            Tell(SaseEventKind.Fenced, number);
        }
    }

    /// <summary>Who stood still does not know what the others have decided meanwhile.</summary>
    private void Suspend(Timestamp now)
    {
        bool any = false;
        for (int number = 0; number < _bundles.Length; number++)
        {
            if (_bundles[number].Role == BundleRole.Active)
            {
                _bundles[number].Role = BundleRole.Suspended;
                Tell(SaseEventKind.Suspended, number);
                any = true;
            }
        }

        if (any)
        {
            _query = _query == uint.MaxValue ? 1 : _query + 1;
            _nextQuery = now;
        }
    }

    private void ChooseBackups()
    {
        ulong alive = 0;
        for (int node = 0; node < _links.Length; node++)
        {
            alive |= _links[node].IsUp ? 1UL << node : 0;
        }

        for (int number = 0; number < _bundles.Length; number++)
        {
            ref Bundle bundle = ref _bundles[number];
            int backup = bundle.Role is BundleRole.Active or BundleRole.Suspended ? Order.First(number, alive & ~(1UL << _self)) : -1;
            byte chosen = backup < 0 ? Announcement.NoBackup : (byte)backup;
            if (chosen == bundle.Backup && (backup < 0 || _links[backup].WalkCursor < 0))
            {
                continue;
            }

            (bundle.Backup, bundle.IsInSync) = (chosen, false);
            if (backup >= 0)
            {
                _links[backup].WalkCursor = 0;
            }
        }
    }

    private void Tell(SaseEventKind kind, int bundle) => _events.TryAdd(new SaseEvent(kind, bundle, _bundles[bundle].Epoch));

    private bool TryTakeQuery(Span<byte> message, out int length, out IPv4Address to)
    {
        (length, to) = (0, default);
        if (_queryMember >= _pop.Gateways.Count)
        {
            return false;
        }

        if (_queryMember == 0 && !Array.Exists(_bundles, bundle => bundle.Role == BundleRole.Suspended))
        {
            (_queryMember, _nextQuery) = (int.MaxValue, Timestamp.MaxValue);
            return false;
        }

        to = _pop.Gateways[_queryMember++];
        new PopMessage(PopMessageKind.Query, IsNode: true, _self, Count: 0, _options.Incarnation, _query).Write(message);
        length = PopMessage.Length;
        return true;
    }

    private bool TryTakeAnnouncement(Span<byte> message, out int length, out IPv4Address to)
    {
        (length, to) = (0, default);
        int members = _pop.Gateways.Count + _pop.Nodes.Count;
        if (_announceMember == _pop.Gateways.Count + _self)
        {
            _announceMember++;
        }

        if (_announceMember >= members)
        {
            _announceMember = int.MaxValue;
            return false;
        }

        to = _announceMember < _pop.Gateways.Count ? _pop.Gateways[_announceMember] : _pop.Nodes[_announceMember - _pop.Gateways.Count];
        int count = 0;
        for (; _announceBundle < _bundles.Length && count < Announcement.PerMessage; _announceBundle++)
        {
            ref Bundle bundle = ref _bundles[_announceBundle];
            if (bundle.Role == BundleRole.Active)
            {
                new Announcement((byte)_announceBundle, IsOwner: true, bundle.IsInSync, bundle.Backup, bundle.Epoch).Write(message[(PopMessage.Length + (count++ * Announcement.Length))..]);
            }
        }

        new PopMessage(PopMessageKind.Announce, IsNode: true, _self, (ushort)count, _options.Incarnation, Sequence: 0).Write(message);
        length = PopMessage.Length + (count * Announcement.Length);
        if (_announceBundle == _bundles.Length)
        {
            (_announceBundle, _announceMember) = (0, _announceMember + 1);
        }

        return true;
    }
}
