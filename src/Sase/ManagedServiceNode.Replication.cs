using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Flows;
using Weft.Sase.Ownership;
using Weft.Sase.Segments;

namespace Weft.Sase;

/// <summary>What nodes tell each other of flows.</summary>
public sealed partial class ManagedServiceNode
{
    private const int WalkSlice = 16;

    /// <summary>Slices of the table walked at a time, for a node that knows nothing yet.</summary>
    private const int WalkBudget = 32;

    private readonly PeerLink[] _links;
    private readonly SpscRing<FlowHandle> _changed;
    private readonly SpscRing<FlowRecord> _ended;
    private readonly FlowHandle[] _walked = new FlowHandle[WalkSlice];
    private uint _sequence;

    private ulong NextVersion(int bundle) => ((ulong)_bundles[bundle].Epoch.Value << 32) | ++_sequence;

    /// <summary>Notes that the backup must hear of a flow.</summary>
    private void Changed(FlowHandle handle, ref FlowState flow, int bundle)
    {
        if (_bundles[bundle].Role != BundleRole.Active)
        {
            return;
        }

        flow.Version = NextVersion(bundle);
        if ((flow.Bits & FlowBits.Queued) != 0)
        {
            return;
        }

        if (_changed.TryAdd(handle))
        {
            flow.Bits |= FlowBits.Queued;
        }
        else if (_bundles[bundle].Backup != Announcement.NoBackup)
        {
            // Handles of flows that ended fill the queue: the walk finds those that live.
            StartWalk(_links[_bundles[bundle].Backup]);
        }
    }

    /// <summary>Writes what changed to the streams, as far as they have room.</summary>
    private void Replicate(Timestamp now)
    {
        while (_ended.Count > 0 && AllHaveRoom())
        {
            _ = _ended.TryTake(out FlowRecord ended);
            if (TargetOf(ended.Bundle, isCopy: false) is PeerLink link)
            {
                link.Append(ended);
                _counters.RecordsSent++;
            }
        }

        while (_changed.Count > 0 && AllHaveRoom())
        {
            _ = _changed.TryTake(out FlowHandle handle);
            if (_flows.IsLive(handle))
            {
                _flows[handle].Bits &= ~FlowBits.Queued;
                _ = Append(handle, only: null, now);
            }
        }

        for (int node = 0; node < _links.Length; node++)
        {
            Walk(node, now);
        }

        TellMemory(now);
        if (_changed.Count == 0)
        {
            NoteWritten(now);
        }
    }

    private bool AllHaveRoom()
    {
        foreach (PeerLink link in _links)
        {
            if (link.IsUp && !link.HasRoom)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Begins to tell a node of all flows anew. Those that wait for a backup are told to it on the way, too.</summary>
    private void StartWalk(PeerLink link)
    {
        link.WalkCursor = 0;
        _commits?.WalkBegan(Array.IndexOf(_links, link), _bundles);
    }

    /// <summary>Begins a stream anew: the other node knows nothing of what it was told.</summary>
    private void Restart(PeerLink link)
    {
        link.Restart();
        ForgetTold(link);
        StartWalk(link);
    }

    /// <summary>Tells a node of all flows that are its to know.</summary>
    private void Walk(int node, Timestamp now)
    {
        PeerLink link = _links[node];
        if (!link.IsUp)
        {
            return;
        }

        for (int i = 0; i < WalkBudget && link.WalkCursor >= 0 && link.HasPlenty; i++)
        {
            int cursor = link.WalkCursor;
            int count = _flows.Slice(ref cursor, _walked);
            foreach (FlowHandle handle in _walked.AsSpan(0, count))
            {
                _ = Append(handle, link, now);
            }

            link.WalkCursor = cursor == 0 ? -1 : cursor;
            if (link.WalkCursor < 0)
            {
                _commits?.WalkEnded(node);
            }
        }

        if (link.WalkCursor >= 0 || !link.IsQuiet)
        {
            return;
        }

        for (int number = 0; number < _bundles.Length; number++)
        {
            ref Bundle bundle = ref _bundles[number];
            if (bundle.Backup == node && !bundle.IsInSync && bundle.Role == BundleRole.Active)
            {
                bundle.IsInSync = true;
                Tell(SaseEventKind.InSync, number);
            }
        }
    }

    /// <summary>Whom a flow is told to: the backup of the owner, or, by who is not the owner any more, the owner.</summary>
    private PeerLink? TargetOf(int number, bool isCopy)
    {
        if (number < 0)
        {
            return null;
        }

        ref Bundle bundle = ref _bundles[number];
        int node = bundle.Role == BundleRole.Active ? bundle.Backup : isCopy || bundle.Epoch.IsNone ? Announcement.NoBackup : bundle.Epoch.Node;
        return node >= _links.Length || node == _self || !_links[node].IsUp ? null : _links[node];
    }

    private bool Append(FlowHandle handle, PeerLink? only, Timestamp now)
    {
        ref FlowState flow = ref _flows.Get(handle, out FlowKey4 inner, out FlowKey4 outer);
        PeerLink? link = TargetOf(_segments.At(flow.Slot)?.Bundle ?? -1, (flow.Bits & FlowBits.Copy) != 0);
        if (link is null || (only is not null && link != only))
        {
            return false;
        }

        link.Append(new FlowRecord
        {
            Inner = inner,
            Outer = outer,
            State = flow,
            Vni = inner.Scope,
            IdleMilliseconds = FlowTimeouts.Milliseconds(now) - flow.LastSeen,
            Session = _sessions?.NameOf(handle) ?? default,
        });
        _counters.RecordsSent++;
        return true;
    }

    private MessageVerdict TakeRecords(in PopMessage header, ReadOnlySpan<byte> body, Timestamp now)
    {
        PeerLink link = _links[header.Member];
        if (!link.Accept(header))
        {
            return MessageVerdict.Stale;
        }

        int length = PopMessage.EntryLengthOf(header.Kind);
        for (int i = 0; i < header.Count; i++)
        {
            if (!FlowRecord.TryRead(body.Slice(i * length, length), out FlowRecord record))
            {
                _counters.RecordsRefused++;
            }
            else if (record.IsRelease)
            {
                link.Postpone(header.Sequence, record.Bundle, record.NewEpoch);
            }
            else
            {
                Import(record, now);
            }
        }

        TakeReleases(link);
        return MessageVerdict.Accepted;
    }

    /// <summary>Takes bundles over of which everything is here that was said before they were given away.</summary>
    private void TakeReleases(PeerLink link)
    {
        while (link.TryTakeRelease(out byte bundle, out Epoch epoch))
        {
            // A store may have said so already.
            if (bundle < _bundles.Length && epoch.Node == _self && epoch >= _bundles[bundle].Epoch && _bundles[bundle].Role is (BundleRole.Standby or BundleRole.Activating))
            {
                Activate(bundle, epoch);
            }
        }
    }

    private void Import(in FlowRecord record, Timestamp now)
    {
        if (_segments.Find(record.Vni) is not Segment segment || record.State.Gateway >= _pop.Gateways.Count)
        {
            _counters.RecordsRefused++;
            return;
        }

        // The owner knows better what becomes of its flows; what it does not know of, it learns.
        bool isMine = _bundles[segment.Bundle].Role != BundleRole.Standby;
        FlowHandle handle = _flows.Find(record.Inner);
        if (!handle.IsNone && _segments.At(_flows[handle].Slot) is null)
        {
            EndRemoved(handle);
            handle = FlowHandle.None;
        }

        if (!handle.IsNone && (isMine || handle.IsReverse || _flows[handle].Version >= record.State.Version))
        {
            _counters.RecordsStale++;
            return;
        }

        if (record.IsEnd)
        {
            if (!handle.IsNone)
            {
                Forget(handle, SessionReason.HandedOver);
            }

            _counters.RecordsTaken++;
            return;
        }

        if (!handle.IsNone && _flows.ReverseKeyOf(handle) == record.Outer)
        {
            Renew(handle, record, now);
            _counters.RecordsTaken++;
            return;
        }

        if (!handle.IsNone)
        {
            Forget(handle, SessionReason.HandedOver);
        }

        Adopt(record, segment, now);
    }

    private void Renew(FlowHandle handle, in FlowRecord record, Timestamp now)
    {
        ref FlowState flow = ref _flows[handle];
        FlowState before = flow;
        flow = record.State;
        flow.Slot = before.Slot;
        flow.Generation = before.Generation;
        flow.Bits |= FlowBits.Copy | (before.Bits & FlowBits.Queued);
        flow.LastSeen = FlowTimeouts.Milliseconds(now) - record.IdleMilliseconds;
        _sessions?.Name(handle, record.Session);
        Arm(handle, record.Inner.Protocol, flow, now);
    }

    private void Adopt(in FlowRecord record, Segment segment, Timestamp now)
    {
        FlowState state = record.State;
        (state.Slot, state.Generation) = ((ushort)segment.Slot, segment.Generation);
        state.Bits |= FlowBits.Copy;
        bool isBound = (state.Bits & (FlowBits.Translated | FlowBits.Published)) == FlowBits.Translated;
        if ((isBound && !TryBindAs(segment, record.Inner, record.Outer)) || !Enter(record.Inner, record.Outer, state, segment.Bundle, record.IdleMilliseconds, now, out FlowHandle handle))
        {
            _counters.RecordsRefused++;
            return;
        }

        _sessions?.Name(handle, record.Session);
        _counters.RecordsTaken++;
        if (_bundles[segment.Bundle].Role == BundleRole.Active)
        {
            Changed(handle, ref _flows[handle], segment.Bundle);
        }
    }

    /// <summary>Gives a tenant's endpoint the public one that another node gave it.</summary>
    private bool TryBindAs(Segment segment, in FlowKey4 inner, in FlowKey4 outer)
    {
        var inside = new FlowKey4(inner.Source, default, inner.Protocol, inner.SourcePort, 0, inner.Scope);
        var outside = new FlowKey4(default, outer.Destination, outer.Protocol, 0, outer.DestinationPort, PublicScope);
        _ = FindBinding(segment, inside);
        FlowAddResult result = _bindings.Add(inside, outside, out FlowHandle handle);
        if (result is not (FlowAddResult.Added or FlowAddResult.AlreadyPresent))
        {
            return false;
        }

        _bindings[handle].Flows++;
        return true;
    }

    /// <summary>Gives draining bundles to backups that know everything. What changes goes ahead in the same stream, and packets that still come follow.</summary>
    private void HandOver(Timestamp now)
    {
        bool more = false;
        for (int number = 0; number < _bundles.Length; number++)
        {
            ref Bundle bundle = ref _bundles[number];
            if (!bundle.IsDraining || bundle.Role != BundleRole.Active)
            {
                continue;
            }

            more = true;
            Replicate(now);
            if (!bundle.IsInSync || _changed.Count > 0 || _ended.Count > 0 || bundle.Backup == Announcement.NoBackup || !_links[bundle.Backup].IsUp || !_links[bundle.Backup].HasRoom || !TryTellMemoryOf(number, now))
            {
                continue;
            }

            Epoch next = bundle.Epoch.Next(bundle.Backup);
            if (_options.Store is IOwnershipStore store && !IsPromised(store, number, ref next, now))
            {
                continue;
            }

            _links[bundle.Backup].Append(new FlowRecord { IsRelease = true, Bundle = (byte)number, NewEpoch = next });
            bundle = new Bundle { Epoch = next, Role = BundleRole.Standby, Backup = Announcement.NoBackup, HeardAt = now };
            _sessionsHanded = _sessions is null ? -1 : 0;
            Tell(SaseEventKind.Released, number);
        }

        _drains = more || IsDraining;
    }

    /// <summary>True if the store has given a bundle to its backup; asks it to, otherwise.</summary>
    private bool IsPromised(IOwnershipStore store, int number, ref Epoch next, Timestamp now)
    {
        ref Bundle bundle = ref _bundles[number];
        if (!bundle.Promised.IsNone && bundle.Promised.Node == bundle.Backup)
        {
            next = bundle.Promised;
            return true;
        }

        if (now - bundle.AskedAt >= StorePatience)
        {
            // Who it was promised to before may be gone: then it is promised to the next one.
            Epoch known = Later(bundle.Epoch, bundle.Promised);
            Ask(store, number, known, known.Next(bundle.Backup), now);
        }

        return false;
    }
}
