using System.Text;
using BenchmarkDotNet.Attributes;
using Weft.Flows;

namespace Weft.Bench.Flows;

/// <summary>Maglev's table of 65,537 slots for a hundred backends: built, and asked.</summary>
[MemoryDiagnoser]
public class MaglevBenchmark
{
    private readonly HashBackend[] _backends = [.. Enumerable.Range(0, 100).Select(backend => new HashBackend(Encoding.ASCII.GetBytes($"10.0.0.{backend}:80")))];
    private MaglevTable? _table;
    private ulong _hash = 1;

    /// <summary>Builds the table that is asked.</summary>
    [GlobalSetup]
    public void SetUp() => _table = MaglevTable.Build(_backends);

    /// <summary>A table from scratch.</summary>
    [Benchmark]
    public MaglevTable Build() => MaglevTable.Build(_backends);

    /// <summary>A choice.</summary>
    [Benchmark]
    public int Select() => _table!.Select(_hash += 0x9E37_79B9_7F4A_7C15);
}
