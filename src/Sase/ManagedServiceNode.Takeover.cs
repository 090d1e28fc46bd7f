using Weft.Packets;
using Weft.Sase.Ownership;

namespace Weft.Sase;

/// <summary>How a bundle comes to this node and goes from it.</summary>
public sealed partial class ManagedServiceNode
{
    /// <summary>What gateways that have heard no owner ask for. No owner ever has it: who knows of no epoch takes the next one.</summary>
    private const uint FirstTerm = 1;

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
            else if (!bundle.Epoch.IsNone || wanted.Term == FirstTerm)
            {
                // Any other epoch may be one that a node which has just begun had in an earlier life: gateways say which it is in their announcements.
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
        if (now < _listenUntil || ownerLives || asked || bundle.Role == BundleRole.Suspended || (bundle.IsForgotten && MayBeKnown(bundle, now)))
        {
            return;
        }

        Epoch next = bundle.Epoch.IsNone || wanted <= bundle.Epoch ? Later(wanted, bundle.Epoch).Next(_self) : wanted;
        if (_options.Store is IOwnershipStore store)
        {
            bundle.Role = BundleRole.Activating;
            Ask(store, number, bundle.Epoch, _isToldByStore[number] ? next : Epoch.None, now);
            return;
        }

        Activate(number, next);
    }

    /// <summary>True while another node has time to take over a bundle that this one owned and has forgotten.</summary>
    private bool MayBeKnown(in Bundle bundle, Timestamp now) =>
        _links.Length > 1 && now - bundle.ForgottenAt < (Array.Exists(_links, link => link.IsUp) ? OthersPatience : LonePatience);

    /// <summary>Learns that it owned a bundle in an earlier life.</summary>
    private void Forget(int number, Epoch epoch, Timestamp now) =>
        _bundles[number] = new Bundle { Epoch = epoch, Role = BundleRole.Standby, Backup = Announcement.NoBackup, HeardAt = LongAgo, IsForgotten = true, ForgottenAt = now };

    /// <summary>Asks a store who owns what, once, so that there is no need to when it matters.</summary>
    private void AskWhatIsWritten(Timestamp now)
    {
        if (_hasAskedStore || _options.Store is not IOwnershipStore store)
        {
            return;
        }

        _hasAskedStore = true;
        _answerDue = now + StoreAttention;
        for (int number = 0; number < _bundles.Length; number++)
        {
            store.Request(number, Epoch.None, Epoch.None, now);
        }
    }

    private void Ask(IOwnershipStore store, int number, Epoch expected, Epoch next, Timestamp now)
    {
        (_bundles[number].AskedAt, _answerDue) = (now, now + StoreAttention);
        store.Request(number, expected, next, now);
    }

    private void Granted(in OwnershipGrant grant, Timestamp now)
    {
        ref Bundle bundle = ref _bundles[grant.Bundle];
        bool isFirst = !_isToldByStore[grant.Bundle];
        _isToldByStore[grant.Bundle] = true;
        if (isFirst && bundle.Role is BundleRole.Standby or BundleRole.Activating)
        {
            bundle.Role = BundleRole.Standby;
            if (grant.Epoch > bundle.Epoch && grant.Epoch.Node == _self)
            {
                Forget(grant.Bundle, grant.Epoch, now);
                return;
            }
        }

        if (grant.Epoch.IsNone)
        {
            return;
        }

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
        ForgetTold(number);
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
            StartWalk(_links[epoch.Node]);
            _sessionsHanded = _sessions is null ? -1 : 0;
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
            // Who has been told already stays: another one would know nothing for as long as it takes to tell it everything.
            int backup = bundle.Role is not (BundleRole.Active or BundleRole.Suspended) ? -1
                : bundle.Backup != Announcement.NoBackup && (alive >> bundle.Backup & 1) != 0 ? bundle.Backup
                : Order.First(number, alive & ~(1UL << _self));
            byte chosen = backup < 0 ? Announcement.NoBackup : (byte)backup;
            if (chosen == bundle.Backup && (backup < 0 || _links[backup].WalkCursor < 0))
            {
                continue;
            }

            (bundle.Backup, bundle.IsInSync) = (chosen, false);
            _nextAnnounce = _lastAdvance;
            if (backup >= 0)
            {
                StartWalk(_links[backup]);
            }
        }
    }
}
