using Weft.Flows;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>Which machine may use which address behind which port, and which clients wait for a lease.</summary>
internal sealed class GuardTable : IDisposable
{
    /// <summary>Time for which a client that asked is remembered: longer than any client waits for an answer (RFC 2131 section 4.1: 64 s).</summary>
    private static readonly TimeSpan ClientPatience = TimeSpan.FromSeconds(120);

    /// <summary>Every place is looked at once in this time.</summary>
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(160);

    private const int SliceLength = 64;
    private readonly FlowTable<AddressKey, Record> _bindings;
    private readonly FlowTable<AddressKey, Client> _clients;
    private readonly FlowHandle[] _slice = new FlowHandle[SliceLength];
    private SweepPace _pace;
    private SweepPace _clientPace;
    private int _cursor;
    private int _clientCursor;

    public GuardTable(AccessGuardOptions options)
    {
        var table = new FlowTableOptions { Capacity = options.Capacity, Seed = options.Seed };
        (_bindings, _clients) = (new FlowTable<AddressKey, Record>(table), new FlowTable<AddressKey, Client>(table));
        (_pace, _clientPace) = (new SweepPace(options.Start), new SweepPace(options.Start));
    }

    public GuardCounters Counters;

    public int Count => _bindings.Count;

    /// <summary>Whether a machine behind a port may use an address.</summary>
    public bool Allows(in AddressKey key, int port, MacAddress mac, Timestamp now)
    {
        FlowHandle handle = _bindings.Find(key);
        if (handle.IsNone)
        {
            return false;
        }

        Record record = _bindings[handle];
        return record.Port == port && (record.Mac == mac || record.Mac == MacAddress.Zero) && now < record.Expires;
    }

    public void Bind(in AddressKey key, int port, MacAddress mac, Timestamp expires, bool isStatic)
    {
        FlowHandle handle = _bindings.Find(key);
        if (handle.IsNone && _bindings.Add(key, out handle) == FlowAddResult.Refused)
        {
            Counters.TableFull++;
            return;
        }

        ref Record record = ref _bindings[handle];
        if (isStatic || !record.IsStatic)
        {
            record = new Record { Port = port, Mac = mac, Expires = expires, IsStatic = isStatic };
            Counters.Bound += isStatic ? 0 : 1;
        }
    }

    public void Release(in AddressKey key, int port, MacAddress mac, Timestamp now)
    {
        if (Allows(key, port, mac, now) && _bindings.Find(key) is { IsNone: false } handle && !_bindings[handle].IsStatic)
        {
            _ = _bindings.Remove(handle);
            Counters.Released++;
        }
    }

    /// <summary>Remembers behind which port a client asked.</summary>
    public void NoteClient(ushort vlan, MacAddress mac, int port, Timestamp now)
    {
        AddressKey key = KeyOf(vlan, mac);
        FlowHandle handle = _clients.Find(key);
        if (handle.IsNone && _clients.Add(key, out handle) == FlowAddResult.Refused)
        {
            Counters.TableFull++;
            return;
        }

        _clients[handle] = new Client { Port = port, Until = now + ClientPatience };
    }

    /// <summary>The port behind which a client asked lately, -1 if none did.</summary>
    public int PortOfClient(ushort vlan, MacAddress mac, Timestamp now) =>
        _clients.Find(KeyOf(vlan, mac)) is { IsNone: false } handle && now < _clients[handle].Until ? _clients[handle].Port : -1;

    /// <summary>Gives places back, as many as the time since the last call calls for.</summary>
    public void Advance(Timestamp now)
    {
        int places = _pace.Take(now, SweepPeriod, _bindings.Capacity, SliceLength);
        int live = places == 0 ? 0 : _bindings.Slice(ref _cursor, _slice.AsSpan(0, places));
        foreach (FlowHandle handle in _slice.AsSpan(0, live))
        {
            if (now >= _bindings[handle].Expires)
            {
                _ = _bindings.Remove(handle);
                Counters.Expired++;
            }
        }

        places = _clientPace.Take(now, SweepPeriod, _clients.Capacity, SliceLength);
        live = places == 0 ? 0 : _clients.Slice(ref _clientCursor, _slice.AsSpan(0, places));
        foreach (FlowHandle handle in _slice.AsSpan(0, live))
        {
            if (now >= _clients[handle].Until)
            {
                _ = _clients.Remove(handle);
            }
        }
    }

    /// <summary>All bindings that count.</summary>
    public List<GuardBinding> ToList(Timestamp now)
    {
        var list = new List<GuardBinding>();
        var slice = new FlowHandle[SliceLength];
        int cursor = 0;
        do
        {
            int live = _bindings.Slice(ref cursor, slice);
            foreach (FlowHandle handle in slice.AsSpan(0, live))
            {
                AddressKey key = _bindings.KeyOf(handle);
                Record record = _bindings[handle];
                if (now < record.Expires)
                {
                    list.Add(new GuardBinding(record.Port, key.Vlan, key.IsIPv4, new IPv6Address(key.High, key.Low), record.Mac, record.Expires, record.IsStatic));
                }
            }
        }
        while (cursor != 0);
        return list;
    }

    public void Dispose()
    {
        _bindings.Dispose();
        _clients.Dispose();
    }

    private static AddressKey KeyOf(ushort vlan, MacAddress mac) => new(0, mac.Value, vlan);

    private struct Record
    {
        public MacAddress Mac;
        public Timestamp Expires;
        public int Port;
        public bool IsStatic;
    }

    private struct Client
    {
        public Timestamp Until;
        public int Port;
    }
}
