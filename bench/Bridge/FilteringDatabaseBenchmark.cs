using BenchmarkDotNet.Attributes;
using Weft.Bridge;
using Weft.Packets;

namespace Weft.Bench.Bridge;

/// <summary>Learning and looking up, in random order, in a full filtering database.</summary>
[MemoryDiagnoser]
public class FilteringDatabaseBenchmark : IDisposable
{
    private const ushort Vlan = 10;
    private FilteringDatabase? _macs;
    private MacAddress[] _shuffled = [];
    private int _next;

    /// <summary>Addresses in the database.</summary>
    [Params(1_000, 16_000, 1_000_000)]
    public int Addresses { get; set; }

    /// <summary>Fills the database.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _shuffled = [.. Enumerable.Range(1, Addresses).Select(number => new MacAddress(0x0200_0000_0000 + (ulong)number))];
        _macs = new FilteringDatabase(new FilteringDatabaseOptions { Capacity = Addresses, PortCount = 64, Seed = new HashSeed(1, 2) });
        foreach (MacAddress mac in _shuffled)
        {
            _macs.Learn(Vlan, mac, BridgeLocation.Port((int)(mac.Value % 64)), default);
        }

        new Random(1).Shuffle(_shuffled);
    }

    /// <summary>Frees the database.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _macs?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>One destination.</summary>
    [Benchmark]
    public bool Lookup() => _macs!.TryLookup(Vlan, Next(), default, out _);

    /// <summary>One source that is known and where it was.</summary>
    [Benchmark]
    public LearnResult Refresh()
    {
        MacAddress mac = Next();
        return _macs!.Learn(Vlan, mac, BridgeLocation.Port((int)(mac.Value % 64)), default);
    }

    private MacAddress Next()
    {
        _next = _next + 1 < _shuffled.Length ? _next + 1 : 0;
        return _shuffled[_next];
    }
}
