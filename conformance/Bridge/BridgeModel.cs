using Weft.Bridge;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

/// <summary>The bridge of <see cref="BridgeTestBed"/> once more, as a dictionary and a few loops.</summary>
internal sealed class BridgeModel
{
    private readonly record struct Entry(BridgeLocation Where, double Seen, bool Static);

    private readonly Dictionary<(int Vlan, MacAddress Mac), Entry> _entries = [];

    public double Now { get; set; }

    public (BridgeDropReason Reason, List<(BridgeLocation, int)> Outputs) Frame(BridgeLocation from, int tunnelVlan, int? tci, MacAddress destination, MacAddress source)
    {
        int vlan = tci is int tag && (tag & 0xFFF) != 0 ? tag & 0xFFF : BridgeTestBed.Options.Ports[from.IsVtep ? 0 : from.Index].Pvid;
        if (!from.IsVtep && vlan == 0)
        {
            return (BridgeDropReason.UntaggedRefused, []);
        }

        if (!from.IsVtep && !Member(from.Index, vlan))
        {
            return (BridgeDropReason.VlanRefused, []);
        }

        vlan = from.IsVtep ? tunnelVlan : vlan;
        BridgeSegmentOptions? segment = BridgeTestBed.Options.Segments.FirstOrDefault(candidate => candidate.Vlan == vlan);
        if (segment is null)
        {
            return (BridgeDropReason.UnknownSegment, []);
        }

        if (from.IsVtep && tci is not null)
        {
            return (BridgeDropReason.TaggedInTunnel, []);
        }

        Learn(vlan, source, from);
        int priority = tci is int given ? given & 0xF000 : 0;
        if (!destination.IsGroup && _entries.TryGetValue((vlan, destination), out Entry known) && !Aged(vlan, known))
        {
            return known.Where == from ? (BridgeDropReason.SameLocation, [])
                : known.Where.IsVtep && from.IsVtep ? (BridgeDropReason.SplitHorizon, [])
                : !known.Where.IsVtep && !Member(known.Where.Index, vlan) ? (BridgeDropReason.EgressBlocked, [])
                : (BridgeDropReason.None, [(known.Where, Tci(known.Where, vlan, priority))]);
        }

        if (!destination.IsGroup && !segment.FloodUnknown)
        {
            return (BridgeDropReason.UnknownUnicast, []);
        }

        List<BridgeLocation> places = [.. Enumerable.Range(0, BridgeTestBed.Options.Ports.Count).Where(port => Member(port, vlan)).Select(BridgeLocation.Port)];
        if (!from.IsVtep)
        {
            places.AddRange(segment.Vteps.Select(BridgeLocation.Vtep));
        }

        places.Remove(from);
        return (places.Count == 0 ? BridgeDropReason.NoOutput : BridgeDropReason.None, [.. places.Select(place => (place, Tci(place, vlan, priority)))]);
    }

    public void AddStatic(int vlan, MacAddress mac, BridgeLocation where) => _entries[(vlan, mac)] = new Entry(where, 0, Static: true);

    public void RemoveStatic(int vlan, MacAddress mac) => Remove((key, entry) => key == (vlan, mac) && entry.Static);

    public void Flush(BridgeLocation where) => Remove((_, entry) => !entry.Static && entry.Where == where);

    public void FlushVlan(int vlan) => Remove((key, entry) => !entry.Static && key.Vlan == vlan);

    public void Sweep() => Remove((key, entry) => Aged(key.Vlan, entry));

    /// <summary>Every entry that has not aged, as text.</summary>
    public IEnumerable<string> Entries() => _entries.Where(pair => !Aged(pair.Key.Vlan, pair.Value))
        .Select(pair => $"{pair.Key.Vlan} {pair.Key.Mac} {pair.Value.Where} {pair.Value.Static}").Order(StringComparer.Ordinal);

    private static bool Member(int port, int vlan) => BridgeTestBed.Options.Ports[port].Pvid == vlan || BridgeTestBed.Options.Ports[port].TaggedVlans.Contains((ushort)vlan);

    private static int Tci(BridgeLocation where, int vlan, int priority) =>
        where.IsVtep || BridgeTestBed.Options.Ports[where.Index].Pvid == vlan ? -1 : priority | vlan;

    private bool Aged(int vlan, Entry entry) =>
        !entry.Static && Now - entry.Seen >= BridgeTestBed.Options.Segments.Single(segment => segment.Vlan == vlan).Ageing.TotalSeconds;

    private void Learn(int vlan, MacAddress mac, BridgeLocation where)
    {
        (int, MacAddress) key = (vlan, mac);
        if (_entries.TryGetValue(key, out Entry known) && Aged(vlan, known))
        {
            _entries.Remove(key);
        }

        bool exists = _entries.TryGetValue(key, out known);
        if (exists && (known.Static || known.Where == where))
        {
            _entries[key] = known.Static ? known : known with { Seen = Now };
            return;
        }

        int here = _entries.Values.Count(entry => !entry.Static && entry.Where == where);
        int inVlan = _entries.Count(pair => !pair.Value.Static && pair.Key.Vlan == vlan);
        bool roomHere = where.IsVtep || here < BridgeTestBed.Options.Ports[where.Index].MaxLearned;
        bool roomInVlan = exists || inVlan < BridgeTestBed.Options.Segments.Single(segment => segment.Vlan == vlan).MaxLearned;
        if (roomHere && roomInVlan)
        {
            _entries[key] = new Entry(where, Now, Static: false);
        }
    }

    private void Remove(Func<(int Vlan, MacAddress Mac), Entry, bool> which)
    {
        foreach ((int, MacAddress) key in _entries.Where(pair => which(pair.Key, pair.Value)).Select(pair => pair.Key).ToArray())
        {
            _entries.Remove(key);
        }
    }
}
