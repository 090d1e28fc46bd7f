using Weft.Flows;
using Weft.Packets;

namespace Weft.Sase.Ownership;

/// <summary>
/// Packets that are ready to leave and wait until the backup knows their flow, in the order in which they came; and those whose wait is over.
/// Two lists through one array. Steps over those that wait cost a few nanoseconds each.
/// </summary>
internal sealed class CommitQueue
{
    private const int None = -1;

    private readonly CommitWait[] _waits;
    private readonly byte[] _bytes;
    private readonly int _room;
    private readonly CommitOptions _options;

    /// <summary>By place of a segment: how many packets of it are here.</summary>
    private readonly int[] _ofSlot;
    private Chain _waiting = new() { First = None, Last = None };
    private Chain _ready = new() { First = None, Last = None };
    private int _free;
    private bool _hasGaps;

    public CommitQueue(CommitOptions options, int packetBytes, int segments)
    {
        (_options, _room, _ofSlot) = (options, packetBytes, new int[segments]);
        _waits = new CommitWait[options.Packets];
        _bytes = new byte[(long)options.Packets * packetBytes];
        for (int place = 0; place < _waits.Length; place++)
        {
            _waits[place].Next = place + 1 < _waits.Length ? place + 1 : None;
        }
    }

    public bool FailOpen => _options.FailOpen;

    /// <summary>Packets that wait, or that nobody has taken yet.</summary>
    public int Count { get; private set; }

    /// <summary>True if some of those that wait have not been told to a backup.</summary>
    public bool HasUnwritten { get; private set; }

    /// <summary>When somebody has to look.</summary>
    public Timestamp NextDue => _ready.First >= 0 ? Timestamp.Zero : _waiting.First < 0 ? Timestamp.MaxValue : _waits[_waiting.First].Deadline;

    /// <summary>The one that has waited longest, -1 if none does.</summary>
    public int First => _waiting.First;

    public ref CommitWait this[int place] => ref _waits[place];

    /// <summary>
    /// Has a packet wait; false if there is no room for it. A tenant among others may have as many as are free: one that floods ends at half of all, and k that do so
    /// settle at one part of k + 1 each, which leaves as much to everybody else.
    /// </summary>
    public bool TryAdd(FlowHandle flow, ushort slot, int bundle, in SaseVerdict verdict, ReadOnlySpan<byte> packet, bool isAlone, bool needsTelling, Timestamp now)
    {
        if (_free < 0 || packet.Length > _room || (!isAlone && _ofSlot[slot] >= _waits.Length - Count))
        {
            return false;
        }

        int place = _free;
        _free = _waits[place].Next;
        _waits[place] = new CommitWait
        {
            Flow = flow,
            Slot = slot,
            Bundle = (byte)bundle,
            Action = verdict.Action,
            Segment = verdict.Segment,
            Length = packet.Length,
            NeedsTelling = needsTelling,
            Deadline = now + _options.Wait,
        };
        packet.CopyTo(_bytes.AsSpan(place * _room));
        Append(ref _waiting, place);
        HasUnwritten = true;
        _ofSlot[slot]++;
        Count++;
        return true;
    }

    /// <summary>Says of all that wait and have not been told to a backup that they have been now.</summary>
    /// <param name="links">The streams to other nodes.</param>
    /// <param name="bundles">The bundles, which say who their backup is.</param>
    public void NoteWritten(ReadOnlySpan<PeerLink> links, ReadOnlySpan<Bundle> bundles)
    {
        (HasUnwritten, bool gaps) = (false, false);
        for (int place = _waiting.Last; place >= 0; place = _waits[place].Previous)
        {
            ref CommitWait wait = ref _waits[place];
            byte backup = bundles[wait.Bundle].Backup;
            if (wait.IsWritten && wait.Node == backup)
            {
                if (!_hasGaps)
                {
                    // Those before it were there the last time.
                    break;
                }

                continue;
            }

            if (wait.NeedsWalk || wait.NeedsTelling || backup >= links.Length)
            {
                (HasUnwritten, gaps) = (true, true);
                continue;
            }

            (wait.IsWritten, wait.Node, wait.Sequence) = (true, backup, links[backup].Written);
        }

        _hasGaps = gaps;
    }

    /// <summary>All flows are told to a node anew: what waits for it is among them, and what it was told before counts for nothing.</summary>
    public void WalkBegan(int node, ReadOnlySpan<Bundle> bundles)
    {
        for (int place = _waiting.First; place >= 0; place = _waits[place].Next)
        {
            if (bundles[_waits[place].Bundle].Backup == node)
            {
                (_waits[place].NeedsWalk, _waits[place].NeedsTelling, _waits[place].IsWritten, _waits[place].Node) = (true, true, false, (byte)node);
                HasUnwritten = _hasGaps = true;
            }
        }
    }

    /// <summary>A node has been told of all flows.</summary>
    public void WalkEnded(int node)
    {
        for (int place = _waiting.First; place >= 0; place = _waits[place].Next)
        {
            _waits[place].NeedsWalk &= _waits[place].Node != node;
        }
    }

    /// <summary>Ends the wait of a packet; it is to be taken.</summary>
    public void Release(int place, bool isAcknowledged)
    {
        _waits[place].IsAcknowledged = isAcknowledged;
        Remove(place);
        Append(ref _ready, place);
    }

    /// <summary>Ends the wait of a packet that goes no further.</summary>
    public void Drop(int place)
    {
        Remove(place);
        Free(place);
    }

    /// <summary>Takes the next packet whose wait is over.</summary>
    public bool TryTake(Span<byte> packet, out CommitWait wait)
    {
        if (_ready.First < 0)
        {
            wait = default;
            return false;
        }

        int place = _ready.First;
        wait = _waits[place];
        (_ready.First, _ready.Last) = (wait.Next, wait.Next < 0 ? None : _ready.Last);
        _bytes.AsSpan(place * _room, wait.Length).CopyTo(packet);
        Free(place);
        return true;
    }

    private void Free(int place)
    {
        _waits[place].Next = _free;
        _free = place;
        _ofSlot[_waits[place].Slot]--;
        Count--;
    }

    private void Append(ref Chain chain, int place)
    {
        (_waits[place].Previous, _waits[place].Next) = (chain.Last, None);
        if (chain.Last >= 0)
        {
            _waits[chain.Last].Next = place;
        }

        (chain.First, chain.Last) = (chain.First < 0 ? place : chain.First, place);
    }

    private void Remove(int place)
    {
        (int previous, int next) = (_waits[place].Previous, _waits[place].Next);
        if (previous >= 0)
        {
            _waits[previous].Next = next;
        }

        if (next >= 0)
        {
            _waits[next].Previous = previous;
        }

        (_waiting.First, _waiting.Last) = (previous < 0 ? next : _waiting.First, next < 0 ? previous : _waiting.Last);
    }

    private struct Chain
    {
        public int First;
        public int Last;
    }
}
