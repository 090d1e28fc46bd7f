using Weft.Flows;
using Weft.Packets;

namespace Weft.Sase.Segments;

/// <summary>All segments of a node. Immutable: a change is a new map, and the data path changes over between two packets.</summary>
internal sealed class SegmentMap : IDisposable
{
    private readonly NumberTable _byVni;
    private readonly FlowTable<ulong, int> _published;
    private readonly NumberTable _byPublicAddress;
    private readonly Segment?[] _bySlot;

    /// <summary>Who has a place, or had it last and left flows there.</summary>
    private readonly Segment?[] _latest;
    private readonly (PublishedService Service, Segment Segment)[] _services;

    public SegmentMap(IReadOnlyList<SegmentOptions> segments, PopOptions pop, int capacity, SegmentMap? earlier, ReadOnlySpan<int> flowsOfSlot)
    {
        if (segments.Count > capacity)
        {
            throw new ArgumentException($"There are {segments.Count} segments; the node takes {capacity}.", nameof(segments));
        }

        if (segments.CountBy(options => options.Vni).FirstOrDefault(known => known.Value > 1) is { Value: > 1 } twice)
        {
            throw new ArgumentException($"VNI {twice.Key} is there twice.", nameof(segments));
        }

        _bySlot = new Segment?[capacity];
        _latest = new Segment?[capacity];
        var revisions = new Dictionary<uint, int>();
        for (int place = 0; place < capacity && earlier is not null; place++)
        {
            if (flowsOfSlot[place] > 0 && earlier._latest[place] is Segment last)
            {
                _latest[place] = last;
                revisions[last.Vni] = Math.Max(last.Revision, revisions.GetValueOrDefault(last.Vni));
            }
        }

        var waiting = new List<SegmentOptions>();
        foreach (SegmentOptions options in segments)
        {
            if (earlier?.Find(options.Vni) is Segment before)
            {
                Enter(before.Options == options ? before : new Segment(options, pop, before.Slot, before.Revision + 1));
            }
            else
            {
                waiting.Add(options);
            }
        }

        int slot = 0;
        foreach (SegmentOptions options in waiting)
        {
            // A place is free once the last flow of who had it before is gone.
            while (slot < capacity && (_bySlot[slot] is not null || flowsOfSlot[slot] > 0))
            {
                slot++;
            }

            if (slot == capacity)
            {
                throw new ArgumentException("The flows of segments that were removed have not ended yet; there is no room for all new ones.", nameof(segments));
            }

            // Flows of an earlier life of the virtual network must not be taken for those of this one.
            Enter(new Segment(options, pop, slot, revisions.TryGetValue(options.Vni, out int before) ? before + 1 : 0));
        }

        Segment[] all = [.. _bySlot.OfType<Segment>()];
        _byVni = new NumberTable([.. all.Select(segment => KeyValuePair.Create(segment.Vni, segment.Slot))]);
        _services = [.. all.SelectMany(segment => segment.Options.Published.Select(service => (service, segment)))];
        _published = Table<int>(Math.Max(1, _services.Length), pop.Seed);
        for (int i = 0; i < _services.Length; i++)
        {
            PublishedService service = _services[i].Service;
            Add(_published, Endpoint(service.Protocol, service.Public, service.PublicPort), i, $"{service.Protocol} {service.Public}:{service.PublicPort}");
        }

        var owners = new Dictionary<uint, int>();
        foreach (Segment segment in all)
        {
            foreach (IPv4Address address in segment.PublicAddresses)
            {
                if (!owners.TryAdd(address.Value, segment.Slot) && _bySlot[owners[address.Value]]!.Bundle is int other && other != segment.Bundle)
                {
                    throw new ArgumentException($"{address} is a public address of segments of the bundles {other} and {segment.Bundle}.", nameof(segments));
                }
            }
        }

        _byPublicAddress = new NumberTable(owners);
        Count = all.Length;
        HasRemains = Enumerable.Range(0, capacity).Any(place => _bySlot[place] is null && _latest[place] is not null);
    }

    public int Count { get; }

    public IEnumerable<Segment> All => _bySlot.OfType<Segment>();

    /// <summary>Whether flows are left of segments that were removed.</summary>
    public bool HasRemains { get; }

    public Segment? At(int slot) => _bySlot[slot];

    /// <summary>The bundle of the segment that flows of a place belong to, whether it is still there or not; -1 if there are none.</summary>
    public int BundleOf(int slot) => _latest[slot]?.Bundle ?? -1;

    public Segment? Find(uint vni)
    {
        int slot = _byVni.Find(vni);
        return slot < 0 ? null : _bySlot[slot];
    }

    /// <summary>A segment that an address is public for; all of them are in one bundle.</summary>
    public Segment? FindByPublic(IPv4Address address)
    {
        int slot = _byPublicAddress.Find(address.Value);
        return slot < 0 ? null : _bySlot[slot];
    }

    public bool IsPublished(IpProtocol protocol, IPv4Address address, ushort port) => !_published.Find(Endpoint(protocol, address, port)).IsNone;

    public bool TryFindPublished(IpProtocol protocol, IPv4Address address, ushort port, out PublishedService service, out Segment segment)
    {
        FlowHandle handle = _published.Find(Endpoint(protocol, address, port));
        (service, segment) = handle.IsNone ? (null!, null!) : _services[_published[handle]];
        return !handle.IsNone;
    }

    public void Dispose() => _published.Dispose();

    private static ulong Endpoint(IpProtocol protocol, IPv4Address address, ushort port) => ((ulong)address.Value << 32) | ((ulong)port << 8) | (byte)protocol;

    private static FlowTable<ulong, T> Table<T>(int capacity, HashSeed seed)
        where T : unmanaged => new(new FlowTableOptions { Capacity = capacity, Seed = seed, HugePages = false });

    private static void Add(FlowTable<ulong, int> table, ulong key, int value, string name)
    {
        if (table.Add(key, out FlowHandle handle) != FlowAddResult.Added)
        {
            throw new ArgumentException($"{name} is there twice.");
        }

        table[handle] = value;
    }

    private void Enter(Segment segment) => _bySlot[segment.Slot] = _latest[segment.Slot] = segment;
}
