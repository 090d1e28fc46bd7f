using Weft.Flows;
using Weft.Packets;

namespace Weft.Multicast;

/// <summary>
/// Programs by flow. When it is full, the ingress port with the most flows loses one: of its oldest that were not used since they were
/// last looked at, one of the source that has most. So a port, and a source behind it, that invents flows loses its own and not the others'.
/// </summary>
internal sealed class FlowCache : IDisposable
{
    public const int None = -1;

    /// <summary>Flows of a port that are looked at for a victim.</summary>
    private const int Candidates = 16;

    /// <summary>Counters of flows by source; sources that share one are as fair to each other as ports would be.</summary>
    private const int SourceBuckets = 4096;

    private readonly StateVersions _versions;
    private readonly FlowTable<MulticastFlowKey, int> _index;
    private readonly IndexPool _pool;
    private readonly Entry[] _entries;
    private readonly PortQueue[] _ports;
    private readonly int[] _flowsOfSource = new int[SourceBuckets];
    private readonly KeyedHash _hash;
    private readonly TimeSpan _idle;
    private int _sweep;

    public FlowCache(MulticastSwitchOptions options, StateVersions versions)
    {
        _versions = versions;
        _index = new FlowTable<MulticastFlowKey, int>(new FlowTableOptions { Capacity = options.FlowCapacity, Seed = options.Snooping.Seed, HugePages = false });
        _hash = new KeyedHash(options.Snooping.Seed);
        _pool = new IndexPool(options.FlowCapacity);
        _entries = new Entry[options.FlowCapacity];
        _ports = new PortQueue[options.Snooping.Ports.Count];
        _ports.AsSpan().Fill(new PortQueue { Oldest = None, Newest = None });
        _idle = options.FlowIdle;
        Arena = new ProgramArena(options.ActionBlocks);
    }

    public ProgramArena Arena { get; }

    public int Count => _pool.Capacity - _pool.Available;

    public ref Entry this[int entry] => ref _entries[entry];

    /// <summary>Finds what was recorded for a frame: for all sources or for its own.</summary>
    public int Find(int segment, int ingress, bool marked, IPv6Address group, IPv6Address source)
    {
        FlowHandle handle = _index.Find(new MulticastFlowKey(segment, ingress, marked, group, null));
        if (handle.IsNone)
        {
            handle = _index.Find(new MulticastFlowKey(segment, ingress, marked, group, source));
        }

        return handle.IsNone ? None : _index[handle];
    }

    /// <summary>True if nothing that a program read has changed since it was recorded.</summary>
    public bool IsCurrent(int entry)
    {
        ref Entry flow = ref _entries[entry];
        if (flow.CheckedAt == _versions.Latest)
        {
            return true; // nothing at all has changed
        }

        if (!HoldsStill(flow.FirstBlock))
        {
            return false;
        }

        flow.CheckedAt = _versions.Latest;
        return true;
    }

    /// <summary>Remembers a program, in place of an older one with the same key, and returns its entry.</summary>
    /// <param name="key">The flow.</param>
    /// <param name="source">Who sent the frame that was recorded, in the key or not.</param>
    /// <param name="firstBlock">The program.</param>
    /// <param name="now">The time.</param>
    /// <param name="counters">Counts what had to go.</param>
    public int Add(in MulticastFlowKey key, IPv6Address source, int firstBlock, Timestamp now, ref MulticastCounters counters)
    {
        // One of this source may have outlived a time when the source did not matter.
        FlowHandle older = _index.Find(key);
        if (!older.IsNone)
        {
            Remove(_index[older]);
        }

        if (_pool.Available == 0)
        {
            EvictFrom(Heaviest(), ref counters);
        }

        _ = _pool.TryRent(out int entry);
        _ = _index.Add(key, out FlowHandle handle);
        _index[handle] = entry;
        ref PortQueue queue = ref _ports[key.Ingress];
        int bucket = (int)(_hash.Hash(new GroupKey(key.Ingress, source)) % SourceBuckets);
        _flowsOfSource[bucket]++;
        _entries[entry] = new Entry { Key = key, FirstBlock = firstBlock, CheckedAt = _versions.Latest, LastUsed = now, SourceBucket = bucket };
        Append(ref queue, entry);
        queue.Count++;
        return entry;
    }

    /// <summary>Makes room for programs after one found none.</summary>
    public void EvictOne(ref MulticastCounters counters)
    {
        if (Count > 0)
        {
            EvictFrom(Heaviest(), ref counters);
        }
    }

    public void Remove(int entry)
    {
        ref Entry flow = ref _entries[entry];
        ref PortQueue queue = ref _ports[flow.Key.Ingress];
        Unlink(ref queue, entry);
        queue.Count--;
        _flowsOfSource[flow.SourceBucket]--;
        Arena.Free(flow.FirstBlock);
        _ = _index.Remove(flow.Key);
        _pool.Return(entry);
    }

    /// <summary>Forgets idle flows among the next few.</summary>
    public void Sweep(Timestamp now, int budget, ref MulticastCounters counters)
    {
        for (int looked = Math.Min(budget, _entries.Length); looked > 0; looked--)
        {
            _sweep = _sweep + 1 == _entries.Length ? 0 : _sweep + 1;
            if (_pool.IsRented(_sweep) && _entries[_sweep].LastUsed + _idle <= now)
            {
                Remove(_sweep);
                counters.Idle++;
            }
        }
    }

    public IEnumerable<int> All() => Enumerable.Range(0, _entries.Length).Where(_pool.IsRented);

    public void Dispose() => _index.Dispose();

    private bool HoldsStill(int block)
    {
        while (block != ProgramArena.None)
        {
            ReadOnlySpan<ulong> words = Arena.Block(block);
            foreach (ulong word in words[..(ProgramArena.BlockWords - 1)])
            {
                var operation = new Operation(word);
                if (operation.Kind == OperationKind.End)
                {
                    return true;
                }

                if (operation.Kind == OperationKind.DependsOn && _versions[(int)(operation.Operand & 0xFF_FFFF)] != (uint)(word >> 32))
                {
                    return false;
                }
            }

            block = ProgramArena.Next(words);
        }

        return true;
    }

    private int Heaviest()
    {
        int heaviest = 0;
        for (int port = 1; port < _ports.Length; port++)
        {
            heaviest = _ports[port].Count > _ports[heaviest].Count ? port : heaviest;
        }

        return heaviest;
    }

    private void EvictFrom(int port, ref MulticastCounters counters)
    {
        ref PortQueue queue = ref _ports[port];
        int victim = None;
        int at = queue.Oldest;
        for (int looked = 0; looked < Candidates && at != None; looked++)
        {
            int next = _entries[at].Next;
            if (_entries[at].IsUsed)
            {
                _entries[at].IsUsed = false;
                Unlink(ref queue, at);
                Append(ref queue, at);
            }
            else if (victim == None || _flowsOfSource[_entries[at].SourceBucket] > _flowsOfSource[_entries[victim].SourceBucket])
            {
                victim = at;
            }

            at = next;
        }

        victim = victim == None ? queue.Oldest : victim;
        Remove(victim);
        counters.Evicted++;
    }

    private void Append(ref PortQueue queue, int entry)
    {
        _entries[entry].Previous = queue.Newest;
        _entries[entry].Next = None;
        ref int link = ref queue.Newest == None ? ref queue.Oldest : ref _entries[queue.Newest].Next;
        link = entry;
        queue.Newest = entry;
    }

    private void Unlink(ref PortQueue queue, int entry)
    {
        (int previous, int next) = (_entries[entry].Previous, _entries[entry].Next);
        ref int forward = ref previous == None ? ref queue.Oldest : ref _entries[previous].Next;
        forward = next;
        ref int backward = ref next == None ? ref queue.Newest : ref _entries[next].Previous;
        backward = previous;
    }

    internal struct Entry
    {
        public MulticastFlowKey Key;
        public Timestamp LastUsed;
        public ulong CheckedAt;
        public long Frames;
        public int FirstBlock;
        public int SourceBucket;
        public int Previous;
        public int Next;
        public bool IsUsed;
    }

    private struct PortQueue
    {
        public int Oldest;
        public int Newest;
        public int Count;
    }
}
