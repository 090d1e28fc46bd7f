using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Bench.Flows;

/// <summary>Lookups in random order in our tables and in the framework's dictionary, one at a time and in bursts.</summary>
[MemoryDiagnoser]
public class FlowTableBenchmark : IDisposable
{
    private const int Burst = 32;

    private readonly FlowHandle[] _handles = new FlowHandle[Burst];
    private Dictionary<FlowKey4, Session> _dictionary = [];
    private FlowTable<FlowKey4, Session>? _table;
    private SessionTable<FlowKey4, Session>? _sessions;
    private FlowKey4[] _keys = [];

    /// <summary>Flows that live; one operation looks all of them up.</summary>
    [Params(10_000, 1_000_000)]
    public int Flows { get; set; }

    /// <summary>Fills all of them with the same flows.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        (FlowKey4[] inOrder, _keys) = FlowKeys.Make(Flows);
        var options = new FlowTableOptions { Capacity = Flows, Seed = new HashSeed(1, 2) };
        _table = new FlowTable<FlowKey4, Session>(options);
        _sessions = new SessionTable<FlowKey4, Session>(options);
        _dictionary = new Dictionary<FlowKey4, Session>(Flows);
        foreach (FlowKey4 key in inOrder)
        {
            _table.Add(key, out _);
            _sessions.Add(key, key.Reversed, out _);
            _dictionary.Add(key, default);
        }
    }

    /// <summary>Frees them.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _table?.Dispose();
        _sessions?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The framework's dictionary, each value found and changed in place.</summary>
    [Benchmark(Baseline = true)]
    public void Dictionary()
    {
        foreach (FlowKey4 key in _keys)
        {
            CollectionsMarshal.GetValueRefOrNullRef(_dictionary, key).Packets++;
        }
    }

    /// <summary>Our table, one key at a time.</summary>
    [Benchmark]
    public void FlowTableSingle()
    {
        foreach (ref readonly FlowKey4 key in _keys.AsSpan())
        {
            _table![_table.Find(in key)].Packets++;
        }
    }

    /// <summary>Our table in bursts.</summary>
    [Benchmark]
    public void FlowTableBurst()
    {
        ReadOnlySpan<FlowKey4> keys = _keys;
        for (; keys.Length >= Burst; keys = keys[Burst..])
        {
            _table!.Find(keys[..Burst], _handles);
            foreach (FlowHandle handle in _handles)
            {
                _table[handle].Packets++;
            }
        }
    }

    /// <summary>Our table of sessions, which holds twice as many keys, in bursts.</summary>
    [Benchmark]
    public void SessionTableBurst()
    {
        ReadOnlySpan<FlowKey4> keys = _keys;
        for (; keys.Length >= Burst; keys = keys[Burst..])
        {
            _sessions!.Find(keys[..Burst], _handles);
            foreach (FlowHandle handle in _handles)
            {
                _sessions[handle].Packets++;
            }
        }
    }
}
