using Weft.Packets;
using Weft.Sase.Ownership;

namespace Weft.Sase;

/// <summary>How a bundle comes to this node and goes from it.</summary>
public sealed partial class ManagedServiceNode
{
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
