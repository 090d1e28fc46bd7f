using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Flows;
using Weft.Sase.Ownership;
using Weft.Sase.Segments;

namespace Weft.Sase;

/// <summary>
/// New flows wait until the backup knows them. Their packets are judged, translated and put into their tunnels first, so that nothing is done twice, and leave when the
/// backup has acknowledged everything that it was told until then.
/// </summary>
public sealed partial class ManagedServiceNode
{
    private readonly CommitQueue? _commits;

    /// <summary>Packets that wait for the backup, or wait to be taken.</summary>
    public int WaitingPackets => _commits?.Count ?? 0;

    /// <summary>Takes a packet whose flow the backup knows by now. Call it until it is false, after <see cref="Receive"/> and after <see cref="Advance"/>.</summary>
    /// <param name="packet">Gets it; as long as the tunnel's MTU.</param>
    /// <param name="verdict">What is to be done with it, as if it had come just now; its offset is 0.</param>
    /// <returns>False if there is none.</returns>
    public bool TryTakeCommitted(Span<byte> packet, out SaseVerdict verdict)
    {
        while (_commits is not null && _commits.TryTake(packet, out CommitWait wait))
        {
            if (_bundles[wait.Bundle].Role != BundleRole.Active || _segments.Find(wait.Segment) is not Segment segment || segment.Slot != wait.Slot)
            {
                GiveUp();
                continue;
            }

            _ = wait.IsAcknowledged ? _counters.CommitsAcknowledged++ : _counters.CommitsExpired++;
            Count(wait.Action, 1);
            verdict = new SaseVerdict(wait.Action, SaseDrop.None, 0, wait.Length, wait.Segment);
            return true;
        }

        verdict = default;
        return false;
    }

    private bool WaitsForBackup(int bundle) =>
        _commits is not null && _bundles[bundle] is { Role: BundleRole.Active, Backup: not Announcement.NoBackup } known && _links[known.Backup].IsUp;

    /// <summary>Keeps a finished packet of a flow that the backup does not know of yet.</summary>
    private SaseVerdict AwaitBackup(ReadOnlySpan<byte> buffer, in SaseVerdict verdict, FlowHandle handle, Segment segment, Timestamp now)
    {
        if (verdict.Action is not (SaseAction.ToTunnel or SaseAction.ToUplink) || verdict.Drop != SaseDrop.None)
        {
            return verdict;
        }

        CommitQueue commits = _commits!;
        if (commits.TryAdd(handle, _flows[handle].Slot, segment.Bundle, verdict, buffer.Slice(verdict.Offset, verdict.Length), isAlone: _segments.Count == 1, needsTelling: _memory is not null, now))
        {
            Count(verdict.Action, -1);
            _counters.CommitWaits++;
            return new SaseVerdict(SaseAction.Held, SaseDrop.None, 0, 0, segment.Vni);
        }

        if (commits.FailOpen)
        {
            _flows[handle].Bits &= ~FlowBits.Uncommitted;
            _counters.CommitsSkipped++;
            return verdict;
        }

        Count(verdict.Action, -1);
        End(handle, segment.Bundle, SessionReason.Unconfirmed);
        return Drop(SaseDrop.Uncommitted, segment.Vni);
    }

    private void NoteWritten(Timestamp now)
    {
        if (_commits is not { HasUnwritten: true })
        {
            return;
        }

        for (int place = _commits.First; place >= 0; place = _commits[place].Next)
        {
            ref CommitWait wait = ref _commits[place];
            if (wait.NeedsTelling)
            {
                wait.NeedsTelling = _segments.Find(wait.Segment) is Segment segment && !TryTellMemoryOf(wait.Flow, segment, now);
            }
        }

        _commits.NoteWritten(_links, _bundles);
    }

    private MessageVerdict TakeAcknowledgement(in PopMessage header, ReadOnlySpan<byte> body)
    {
        PeerLink link = _links[header.Member];
        MessageVerdict verdict = link.Acknowledge(header, body);
        for (int place = _commits?.First ?? -1; place >= 0 && verdict == MessageVerdict.Accepted;)
        {
            ref CommitWait wait = ref _commits![place];
            int next = wait.Next;
            bool isKnown = wait.IsWritten && wait.Node == header.Member && _bundles[wait.Bundle].Backup == header.Member && link.IsAcknowledged(wait.Sequence);
            if (!_flows.IsLive(wait.Flow))
            {
                GiveUp();
                _commits.Drop(place);
            }
            else if (isKnown || !IsUncommitted(wait.Flow))
            {
                // What follows of the same flow goes with it.
                Commit(wait.Flow);
                _commits.Release(place, isAcknowledged: true);
            }

            place = next;
        }

        return verdict;
    }

    /// <summary>Ends waits that have no end: of bundles that are another node's now, for backups that are gone, and those that take too long.</summary>
    private void ReviewCommits(Timestamp now)
    {
        for (int place = _commits?.First ?? -1; place >= 0;)
        {
            ref CommitWait wait = ref _commits![place];
            int next = wait.Next;
            ref Bundle bundle = ref _bundles[wait.Bundle];
            bool isDue = now >= wait.Deadline;
            bool isAlone = bundle.Backup == Announcement.NoBackup && bundle.Role == BundleRole.Active;
            if (_flows.IsLive(wait.Flow) && (isAlone || (isDue && _commits.FailOpen && bundle.Role == BundleRole.Active)))
            {
                Commit(wait.Flow);
                _commits.Release(place, isAcknowledged: false);
            }
            else if (isDue || bundle.Role == BundleRole.Standby || !_flows.IsLive(wait.Flow))
            {
                if (IsUncommitted(wait.Flow) && bundle.Role == BundleRole.Active)
                {
                    End(wait.Flow, wait.Bundle, SessionReason.Unconfirmed);
                }

                GiveUp();
                _commits.Drop(place);
            }

            place = next;
        }
    }

    private bool IsUncommitted(FlowHandle handle) => _flows.IsLive(handle) && (_flows[handle].Bits & FlowBits.Uncommitted) != 0;

    private void Commit(FlowHandle handle) => _flows[handle].Bits &= ~FlowBits.Uncommitted;

    private void GiveUp()
    {
        _counters.CommitsGivenUp++;
        _counters.Drops.Count(SaseDrop.Uncommitted);
    }

    private void Count(SaseAction action, int change) => (action == SaseAction.ToUplink ? ref _counters.ToUplink : ref _counters.ToTunnel) += change;
}
