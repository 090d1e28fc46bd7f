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
    private readonly FlowTable<ulong, byte> _networks;

    // By place of a source: its frames as a list, its count, and its neighbours among sources with the same count.
    private readonly int[] _oldest;
    private readonly int[] _newest;
    private readonly int[] _count;
    private readonly int[] _before;
    private readonly int[] _after;
    private readonly FlowHandle[] _handle;

    // By count: the first source that has so many. Sources without frames stay known until their place is needed, so that an
    // endpoint whose frames come one after the other is looked up and never made anew.
    private readonly int[] _withCount;

    // By place of a network: its count and its neighbours among networks without frames.
    private readonly int[] _networkCount;
    private readonly FlowHandle[] _networkHandle;
    private readonly int[] _idleBefore;
    private readonly int[] _idleAfter;
    private int _firstIdle = None;

    // By slot: neighbours in the list of its source.
    private readonly int[] _older;
    private readonly int[] _newer;
    private readonly int[] _sourceOf;
    private readonly int[] _networkOf;
    private int _most;

    // The endpoint and the network asked for last; whoever gives a place to another forgets it here.
    private VtepAddress _lastAddress;
    private int _lastSource = None;
    private uint _lastVni;
    private int _lastNetwork = None;

    public SourceLedger(int slots, int maxPerSource, HashSeed seed)
    {
        // Each slot belongs to one source and one network, and one more of either may be about to get its first.
        _sources = new FlowTable<VtepAddress, byte>(new FlowTableOptions { Capacity = slots + 1, Seed = seed });
        _networks = new FlowTable<ulong, byte>(new FlowTableOptions { Capacity = slots + 1, Seed = seed });
        int places = Math.Max(_sources.Capacity, _networks.Capacity);
        _oldest = new int[places];
        _newest = new int[places];
        _count = new int[places];
        _before = new int[places];
        _after = new int[places];
        _handle = new FlowHandle[places];
        _withCount = new int[maxPerSource + 2];
        Array.Fill(_withCount, None);
        _networkCount = new int[places];
        _networkHandle = new FlowHandle[places];
        _idleBefore = new int[places];
        _idleAfter = new int[places];
        _older = new int[slots];
        _newer = new int[slots];
        _sourceOf = new int[slots];
        _networkOf = new int[slots];
    }

    /// <summary>The place of an endpoint, made if it is new; <see cref="None"/> if the table is too crowded around it.</summary>
    public int Source(VtepAddress source)
    {
        // Fragments of one endpoint mostly follow each other.
        if (_lastSource != None && source == _lastAddress)
        {
            return _lastSource;
        }

        FlowHandle handle = _sources.Find(source);
        _lastAddress = source;
        return _lastSource = handle.IsNone ? AddSource(source) : handle.Index;
    }

    /// <summary>The place of a network, made if it is new; <see cref="None"/> if the table is too crowded around it.</summary>
    public int Network(uint vni)
    {
        if (_lastNetwork != None && vni == _lastVni)
        {
            return _lastNetwork;
        }

        FlowHandle handle = _networks.Find(vni);
        _lastVni = vni;
        return _lastNetwork = handle.IsNone ? AddNetwork(vni) : handle.Index;
    }

    /// <summary>Frames of the endpoint at a place.</summary>
    public int SourceCount(int source) => _count[source];

    /// <summary>Frames of the network at a place.</summary>
    public int NetworkCount(int network) => _networkCount[network];

    /// <summary>The oldest frame of the endpoint that has most, if it has more than <paramref name="than"/>.</summary>
    public int OldestOfLargest(int than) => _most > than ? _oldest[_withCount[_most]] : None;

    /// <summary>Books a slot for a new frame.</summary>
    public void Add(int slot, int source, int network)
    {
        Unrank(source);
        _sourceOf[slot] = source;
        _older[slot] = _newest[source];
        _newer[slot] = None;
        if (_newest[source] == None)
        {
            _oldest[source] = slot;
        }
        else
        {
            _newer[_newest[source]] = slot;
        }

        _newest[source] = slot;
        _count[source]++;
        Rank(source);

        _networkOf[slot] = network;
        if (_networkCount[network]++ == 0)
        {
            LeaveIdle(network);
        }
    }

    /// <summary>Gives a slot back.</summary>
    public void Remove(int slot)
    {
        int source = _sourceOf[slot];
        Unrank(source);
        if (_older[slot] == None)
        {
            _oldest[source] = _newer[slot];
        }
        else
        {
            _newer[_older[slot]] = _newer[slot];
        }

        if (_newer[slot] == None)
        {
            _newest[source] = _older[slot];
        }
        else
        {
            _older[_newer[slot]] = _older[slot];
        }

        _count[source]--;
        Rank(source);

        int network = _networkOf[slot];
        if (--_networkCount[network] == 0)
        {
            EnterIdle(network);
        }
    }

    public void Dispose()
    {
        _sources.Dispose();
        _networks.Dispose();
    }

    private int AddSource(VtepAddress source)
    {
        if (_sources.Count == _sources.Capacity)
        {
            // Fewer sources have frames than there are places, so one of them is idle.
            int idle = _withCount[0];
            Unrank(idle);
            _lastSource = None;
            _sources.Remove(_handle[idle]);
        }

        _sources.Add(source, out FlowHandle handle);
        if (handle.IsNone)
        {
            return None;
        }

        int place = handle.Index;
        _handle[place] = handle;
        _count[place] = 0;
        _oldest[place] = _newest[place] = None;
        Rank(place);
        return place;
    }

    private int AddNetwork(uint vni)
    {
        if (_networks.Count == _networks.Capacity)
        {
            int idle = _firstIdle;
            LeaveIdle(idle);
            _lastNetwork = None;
            _networks.Remove(_networkHandle[idle]);
        }

        _networks.Add(vni, out FlowHandle handle);
        if (handle.IsNone)
        {
            return None;
        }

        _networkHandle[handle.Index] = handle;
        _networkCount[handle.Index] = 0;
        EnterIdle(handle.Index);
        return handle.Index;
    }

    private void EnterIdle(int network)
    {
        _idleBefore[network] = None;
        _idleAfter[network] = _firstIdle;
        if (_firstIdle != None)
        {
            _idleBefore[_firstIdle] = network;
        }

        _firstIdle = network;
    }

    private void LeaveIdle(int network)
    {
        if (_idleBefore[network] == None)
        {
            _firstIdle = _idleAfter[network];
        }
        else
        {
            _idleAfter[_idleBefore[network]] = _idleAfter[network];
        }

        if (_idleAfter[network] != None)
        {
            _idleBefore[_idleAfter[network]] = _idleBefore[network];
        }
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

        // A source moves by one, so when it was the last with the most, it will be the one below or above.
        if (count > 0 && count == _most && _withCount[count] == None)
        {
            _most = count - 1;
        }
    }
}
