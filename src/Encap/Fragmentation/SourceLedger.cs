using Weft.Flows;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// Who has how many frames under way: counts by remote endpoint and by network, the frames of each endpoint oldest first, and
/// the endpoints ordered by how many they have. Every operation takes constant time.
/// </summary>
internal sealed class SourceLedger : IDisposable
{
    public const int None = -1;

    private readonly FlowTable<VtepAddress, byte> _sources;
    private readonly FlowTable<ulong, int> _networks;

    // By place of a source: its frames as a list, its count, and its neighbours among sources with the same count.
    private readonly int[] _oldest;
    private readonly int[] _newest;
    private readonly int[] _count;
    private readonly int[] _before;
    private readonly int[] _after;
    private readonly FlowHandle[] _handle;

    // By count: the first source that has so many.
    private readonly int[] _withCount;

    // By slot: neighbours in the list of its source.
    private readonly int[] _older;
    private readonly int[] _newer;
    private readonly int[] _sourceOf;
    private readonly FlowHandle[] _networkOf;
    private int _most;

    public SourceLedger(int slots, int maxPerSource, HashSeed seed)
    {
        // Each slot belongs to one source and one network, so there are never more of either than slots.
        _sources = new FlowTable<VtepAddress, byte>(new FlowTableOptions { Capacity = slots, Seed = seed });
        _networks = new FlowTable<ulong, int>(new FlowTableOptions { Capacity = slots, Seed = seed });
        _oldest = new int[slots];
        _newest = new int[slots];
        _count = new int[slots];
        _before = new int[slots];
        _after = new int[slots];
        _handle = new FlowHandle[slots];
        _withCount = new int[maxPerSource + 2];
        Array.Fill(_withCount, None);
        _older = new int[slots];
        _newer = new int[slots];
        _sourceOf = new int[slots];
        _networkOf = new FlowHandle[slots];
    }

    /// <summary>Frames of an endpoint.</summary>
    public int CountOf(VtepAddress source)
    {
        FlowHandle handle = _sources.Find(source);
        return handle.IsNone ? 0 : _count[handle.Index];
    }

    /// <summary>Frames of a network.</summary>
    public int CountOfNetwork(uint vni)
    {
        FlowHandle handle = _networks.Find(vni);
        return handle.IsNone ? 0 : _networks[handle];
    }

    /// <summary>The oldest frame of the endpoint that has most, if it has more than <paramref name="than"/>.</summary>
    public int OldestOfLargest(int than) => _most > than ? _oldest[_withCount[_most]] : None;

    /// <summary>Books a slot for a new frame.</summary>
    public void Add(int slot, VtepAddress source, uint vni)
    {
        FlowAddResult added = _sources.Add(source, out FlowHandle handle);
        int place = handle.Index;
        if (added == FlowAddResult.Added)
        {
            _handle[place] = handle;
            _count[place] = 0;
            _oldest[place] = _newest[place] = None;
        }
        else
        {
            Unrank(place);
        }

        _sourceOf[slot] = place;
        _older[slot] = _newest[place];
        _newer[slot] = None;
        if (_newest[place] == None)
        {
            _oldest[place] = slot;
        }
        else
        {
            _newer[_newest[place]] = slot;
        }

        _newest[place] = slot;
        _count[place]++;
        Rank(place);

        _networks.Add(vni, out FlowHandle network);
        _networks[network]++;
        _networkOf[slot] = network;
    }

    /// <summary>Gives a slot back.</summary>
    public void Remove(int slot)
    {
        int place = _sourceOf[slot];
        Unrank(place);
        if (_older[slot] == None)
        {
            _oldest[place] = _newer[slot];
        }
        else
        {
            _newer[_older[slot]] = _newer[slot];
        }

        if (_newer[slot] == None)
        {
            _newest[place] = _older[slot];
        }
        else
        {
            _older[_newer[slot]] = _older[slot];
        }

        if (--_count[place] == 0)
        {
            _sources.Remove(_handle[place]);
        }
        else
        {
            Rank(place);
        }

        if (--_networks[_networkOf[slot]] == 0)
        {
            _networks.Remove(_networkOf[slot]);
        }
    }

    public void Dispose()
    {
        _sources.Dispose();
        _networks.Dispose();
    }

    private void Rank(int place)
    {
        int count = _count[place];
        int first = _withCount[count];
        _before[place] = None;
        _after[place] = first;
        if (first != None)
        {
            _before[first] = place;
        }

        _withCount[count] = place;
        _most = Math.Max(_most, count);
    }

    private void Unrank(int place)
    {
        int count = _count[place];
        if (_before[place] == None)
        {
            _withCount[count] = _after[place];
        }
        else
        {
            _after[_before[place]] = _after[place];
        }

        if (_after[place] != None)
        {
            _before[_after[place]] = _before[place];
        }

        // A source moves by one, so when it was the last with the most, it will be the one below or leave.
        if (count == _most && _withCount[count] == None)
        {
            _most = count - 1;
        }
    }
}
