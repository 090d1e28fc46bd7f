using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Flows;

/// <summary>
/// Lets an engine treat all fragments of a datagram like the first one, the only one with ports, in whatever order they come
/// and without reassembling: what was decided for the first is remembered for the others, and others that come before it
/// are held until it does.
/// </summary>
/// <remarks>
/// <para>
/// Use: on a first fragment call <see cref="Learn(in TKey, in TValue, Timestamp)"/> with what was decided, then <see cref="TryTakeReleased"/> until it is false;
/// on any other call <see cref="TryFind"/>, and <see cref="TryHold"/> if that fails. Call <see cref="Advance"/> now and then.
/// </para>
/// <para>
/// Everything is bounded, per datagram, per source and in all, and datagrams without a first fragment are counted apart
/// from the others: a flood of them takes nothing from fragments that come in order. All work for a packet is constant; nothing
/// is allocated after construction. One thread uses a tracker.
/// </para>
/// </remarks>
/// <typeparam name="TKey">Names a datagram: <see cref="FragmentKey4"/> or <see cref="FragmentKey6"/>.</typeparam>
/// <typeparam name="TValue">What is remembered of the first fragment.</typeparam>
public sealed class FragmentTracker<TKey, TValue> : IDisposable
    where TKey : unmanaged
    where TValue : unmanaged
{
    private const int None = -1;
    private const int SourceClasses = 4096;

    private readonly FlowTable<TKey, Datagram> _datagrams;
    private readonly FragmentTrackerOptions _options;
    private readonly KeyedHash _sourceHash;
    private readonly byte[] _bytes;
    private readonly Held[] _held;
    private readonly IndexPool _places;
    private readonly int[] _heldBySource = new int[SourceClasses];
    private readonly Age[] _ages;

    /// <summary>By class of a source: its datagrams whose first fragment was seen.</summary>
    private readonly Queue[] _knownBySource = new Queue[SourceClasses];
    private Queue _known = Queue.Empty;
    private Queue _waiting = Queue.Empty;
    private int _releasedHead = None;
    private int _releasedTail = None;
    private FragmentCounters _counters;

    /// <summary>Allocates the tracker.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public FragmentTracker(FragmentTrackerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _sourceHash = new KeyedHash(options.Seed);
        int capacity = options.Datagrams + options.WaitingDatagrams;
        _datagrams = new FlowTable<TKey, Datagram>(new FlowTableOptions { Capacity = capacity, Seed = options.Seed });
        _ages = new Age[capacity];
        _knownBySource.AsSpan().Fill(Queue.Empty);
        _places = new IndexPool(options.HeldFragments);
        _held = new Held[options.HeldFragments];
        _bytes = GC.AllocateUninitializedArray<byte>(options.HeldFragments * options.FragmentBytes);
    }

    /// <summary>What happened so far.</summary>
    public ref readonly FragmentCounters Counters => ref _counters;

    /// <summary>Fragments that are held now, those released and not yet taken included.</summary>
    public int HeldCount => _places.Capacity - _places.Available;

    /// <summary>Remembers what was decided for the first fragment of a datagram, and releases the ones that waited for it.</summary>
    /// <returns>Fragments that are now to be taken with <see cref="TryTakeReleased"/>.</returns>
    public int Learn(in TKey key, in TValue value, Timestamp now) => Remember(key, None, value, now);

    /// <summary>
    /// Remembers what was decided for the first fragment of a datagram, and releases the ones that waited for it. A source that has as many datagrams here as there
    /// is room for others gives way to itself: its own oldest is forgotten, and nobody else's.
    /// </summary>
    /// <param name="key">The datagram.</param>
    /// <param name="source">Whom the datagram counts for, as in <see cref="TryHold"/>.</param>
    /// <param name="value">What was decided.</param>
    /// <param name="now">The time.</param>
    /// <returns>Fragments that are now to be taken with <see cref="TryTakeReleased"/>.</returns>
    public int Learn(in TKey key, ulong source, in TValue value, Timestamp now) => Remember(key, ClassOf(source), value, now);

    private int Remember(in TKey key, int sourceClass, in TValue value, Timestamp now)
    {
        Expire(now, budget: 2);
        FlowHandle handle = _datagrams.Find(in key);
        int released = 0;
        if (!handle.IsNone)
        {
            ref Datagram known = ref _datagrams[handle];
            released = known.HeldCount;
            Release(ref known, in value);
            Unlink(handle.Index, ref known.Known ? ref _known : ref _waiting);
        }
        else if (!TryMakeRoom(sourceClass) || _datagrams.Add(in key, out handle) != FlowAddResult.Added)
        {
            return 0;
        }

        MakeRoomAmongKnown(sourceClass);
        _datagrams[handle] = new Datagram { Value = value, Known = true, HeldHead = None };
        Link(handle, ref _known, now);
        LinkToSource(handle.Index, sourceClass);
        _counters.Learned++;
        return released;
    }

    /// <summary>Finds what was decided for the first fragment of a datagram.</summary>
    /// <returns>False if it has not been seen, or too long ago.</returns>
    public bool TryFind(in TKey key, Timestamp now, out TValue value)
    {
        FlowHandle handle = _datagrams.Find(in key);
        if (handle.IsNone || _ages[handle.Index].Deadline <= now || !_datagrams[handle].Known)
        {
            value = default;
            return false;
        }

        value = _datagrams[handle].Value;
        _counters.Found++;
        return true;
    }

    /// <summary>Copies a fragment and keeps it until the first one of its datagram comes.</summary>
    /// <param name="key">The datagram.</param>
    /// <param name="source">Whom the fragment counts for: a number made of its sender's address.</param>
    /// <param name="fragment">The bytes that <see cref="TryTakeReleased"/> gives back.</param>
    /// <param name="tag">Anything the caller wants to know again then, such as the port it came in by.</param>
    /// <param name="now">The time.</param>
    /// <returns>False if a limit is reached; the counters say which.</returns>
    public bool TryHold(in TKey key, ulong source, ReadOnlySpan<byte> fragment, int tag, Timestamp now)
    {
        Expire(now, budget: 2);
        if (fragment.Length > _options.FragmentBytes)
        {
            _counters.RefusedTooLarge++;
            return false;
        }

        int sourceClass = ClassOf(source);
        if (_heldBySource[sourceClass] >= _options.HeldPerSource)
        {
            _counters.RefusedSourceLimit++;
            return false;
        }

        FlowHandle handle = _datagrams.Find(in key);
        if (!handle.IsNone && _datagrams[handle].HeldCount >= _options.HeldPerDatagram)
        {
            _counters.RefusedDatagramLimit++;
            return false;
        }

        if (_places.Available == 0)
        {
            _counters.RefusedFull++;
            return false;
        }

        if (handle.IsNone && !TryAddWaiting(in key, now, out handle))
        {
            _counters.RefusedDatagrams++;
            return false;
        }

        _ = _places.TryRent(out int place);
        fragment.CopyTo(Bytes(place));
        ref Datagram datagram = ref _datagrams[handle];
        _held[place] = new Held { Next = datagram.HeldHead, Length = fragment.Length, Tag = tag, SourceClass = sourceClass };
        datagram.HeldHead = place;
        datagram.HeldCount++;
        _heldBySource[sourceClass]++;
        _counters.Held++;
        return true;
    }

    /// <summary>Takes a fragment that <see cref="Learn(in TKey, in TValue, Timestamp)"/> released.</summary>
    /// <param name="fragment">Gets the bytes.</param>
    /// <param name="length">How many there are.</param>
    /// <param name="value">What was decided for the first fragment.</param>
    /// <param name="tag">What was given to <see cref="TryHold"/>.</param>
    /// <returns>False if there is none.</returns>
    /// <exception cref="ArgumentException"><paramref name="fragment"/> is shorter than <see cref="FragmentTrackerOptions.FragmentBytes"/>.</exception>
    public bool TryTakeReleased(Span<byte> fragment, out int length, out TValue value, out int tag)
    {
        if (_releasedHead == None)
        {
            (length, value, tag) = (0, default, 0);
            return false;
        }

        if (fragment.Length < _options.FragmentBytes)
        {
            throw new ArgumentException($"The buffer must hold {_options.FragmentBytes} bytes, as the option {nameof(FragmentTrackerOptions.FragmentBytes)} says.", nameof(fragment));
        }

        int place = _releasedHead;
        ref Held held = ref _held[place];
        Bytes(place)[..held.Length].CopyTo(fragment);
        (length, value, tag) = (held.Length, held.Value, held.Tag);
        _releasedHead = held.Next;
        _releasedTail = _releasedHead == None ? None : _releasedTail;
        GiveBack(place);
        _counters.Released++;
        return true;
    }

    /// <summary>Forgets what is too old.</summary>
    /// <param name="now">The time.</param>
    /// <param name="budget">Most datagrams forgotten: the bound of the work.</param>
    /// <returns>How many were.</returns>
    public int Advance(Timestamp now, int budget) => Expire(now, budget);

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _datagrams.Dispose();

    private Span<byte> Bytes(int place) => _bytes.AsSpan(place * _options.FragmentBytes, _options.FragmentBytes);

    private bool TryAddWaiting(in TKey key, Timestamp now, out FlowHandle handle)
    {
        handle = FlowHandle.None;
        if (_waiting.Count >= _options.WaitingDatagrams || _datagrams.Add(in key, out handle) != FlowAddResult.Added)
        {
            return false;
        }

        _datagrams[handle].HeldHead = None;
        Link(handle, ref _waiting, now);
        return true;
    }

    /// <summary>There is room for one more in the table: those known give way to each other, those waiting have their own number.</summary>
    private bool TryMakeRoom(int sourceClass)
    {
        MakeRoomAmongKnown(sourceClass);
        return _datagrams.Count < _datagrams.Capacity;
    }

    private void MakeRoomAmongKnown(int sourceClass)
    {
        int own = sourceClass == None ? 0 : _knownBySource[sourceClass].Count;
        if (own > 0 && own >= _options.Datagrams - _known.Count)
        {
            Forget(_knownBySource[sourceClass].Head, ref _known);
            _counters.Forgotten++;
        }
        else if (_known.Count >= _options.Datagrams)
        {
            Forget(_known.Head, ref _known);
            _counters.Forgotten++;
        }
    }

    private int ClassOf(ulong source) => (int)(_sourceHash.Hash(source) % SourceClasses);

    private int Expire(Timestamp now, int budget)
    {
        int expired = 0;
        while (expired < budget && _known.Head != None && _ages[_known.Head].Deadline <= now)
        {
            Forget(_known.Head, ref _known);
            expired++;
        }

        while (expired < budget && _waiting.Head != None && _ages[_waiting.Head].Deadline <= now)
        {
            Forget(_waiting.Head, ref _waiting);
            expired++;
        }

        return expired;
    }

    /// <summary>Drops a datagram of a queue and what is held for it.</summary>
    private void Forget(int index, ref Queue queue)
    {
        FlowHandle handle = _ages[index].Handle;
        for (int place = _datagrams[handle].HeldHead; place != None;)
        {
            int next = _held[place].Next;
            GiveBack(place);
            _counters.TimedOut++;
            place = next;
        }

        Unlink(index, ref queue);
        _ = _datagrams.Remove(handle);
    }

    /// <summary>Moves what is held for a datagram to the end of the released ones, in the order in which it came.</summary>
    private void Release(ref Datagram datagram, in TValue value)
    {
        int last = datagram.HeldHead;
        int first = None;
        for (int place = last; place != None;)
        {
            int next = _held[place].Next;
            _held[place].Next = first;
            _held[place].Value = value;
            first = place;
            place = next;
        }

        if (first == None)
        {
            return;
        }

        if (_releasedTail == None)
        {
            _releasedHead = first;
        }
        else
        {
            _held[_releasedTail].Next = first;
        }

        _releasedTail = last;
        datagram.HeldHead = None;
        datagram.HeldCount = 0;
    }

    private void GiveBack(int place)
    {
        _heldBySource[_held[place].SourceClass]--;
        _places.Return(place);
    }

    /// <summary>All lifetimes are alike, so the order in which datagrams come is that in which they end.</summary>
    private void Link(FlowHandle handle, ref Queue queue, Timestamp now)
    {
        int index = handle.Index;
        _ages[index] = new Age { Handle = handle, Deadline = now + _options.Lifetime, Previous = queue.Tail, Next = None, SourceClass = None };
        (queue.Tail == None ? ref queue.Head : ref _ages[queue.Tail].Next) = index;
        queue.Tail = index;
        queue.Count++;
    }

    private void Unlink(int index, ref Queue queue)
    {
        Age age = _ages[index];
        (age.Previous == None ? ref queue.Head : ref _ages[age.Previous].Next) = age.Next;
        (age.Next == None ? ref queue.Tail : ref _ages[age.Next].Previous) = age.Previous;
        queue.Count--;
        if (age.SourceClass != None)
        {
            ref Queue own = ref _knownBySource[age.SourceClass];
            (age.PreviousOfSource == None ? ref own.Head : ref _ages[age.PreviousOfSource].NextOfSource) = age.NextOfSource;
            (age.NextOfSource == None ? ref own.Tail : ref _ages[age.NextOfSource].PreviousOfSource) = age.PreviousOfSource;
            own.Count--;
        }
    }

    private void LinkToSource(int index, int sourceClass)
    {
        if (sourceClass == None)
        {
            return;
        }

        ref Queue own = ref _knownBySource[sourceClass];
        ref Age age = ref _ages[index];
        (age.SourceClass, age.PreviousOfSource, age.NextOfSource) = (sourceClass, own.Tail, None);
        (own.Tail == None ? ref own.Head : ref _ages[own.Tail].NextOfSource) = index;
        own.Tail = index;
        own.Count++;
    }

    private struct Datagram
    {
        public TValue Value;
        public int HeldHead;
        public byte HeldCount;
        public bool Known;
    }

    private struct Age
    {
        public FlowHandle Handle;
        public Timestamp Deadline;
        public int Previous;
        public int Next;
        public int SourceClass;
        public int PreviousOfSource;
        public int NextOfSource;
    }

    private struct Queue
    {
        public int Head;
        public int Tail;
        public int Count;

        public static Queue Empty => new() { Head = None, Tail = None };
    }

    private struct Held
    {
        public TValue Value;
        public int Next;
        public int Length;
        public int Tag;
        public int SourceClass;
    }
}
