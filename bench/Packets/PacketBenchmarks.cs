using BenchmarkDotNet.Attributes;
using Weft.Packets;

namespace Weft.Bench.Packets;

/// <summary>What a stage pays for looking at a packet: <c>--filter '*Packet*'</c>.</summary>
[MemoryDiagnoser]
public class PacketBenchmarks
{
    private const int Count = 1024;

    private readonly Frames _frames = new(Count);
    private readonly PacketLayout[] _layouts = new PacketLayout[Count];
    private readonly FlowKey4[] _keys = new FlowKey4[Count];
    private readonly KeyedHash _hash = new(new HashSeed(1, 2));

    /// <summary>Parses all frames once.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        for (int i = 0; i < Count; i++)
        {
            _ = PacketLayout.TryParse(_frames[i], out _layouts[i]);
            _ = FlowKey4.TryRead(_frames[i], in _layouts[i], out _keys[i]);
        }
    }

    /// <summary>The layout of a packet.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public int Parse()
    {
        int sum = 0;
        for (int i = 0; i < Count; i++)
        {
            _ = PacketLayout.TryParse(_frames[i], out PacketLayout layout);
            sum += layout.PayloadOffset;
        }

        return sum;
    }

    /// <summary>The flow key of a parsed packet; a quarter are IPv6 and give none.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public int ReadFlowKey()
    {
        int sum = 0;
        for (int i = 0; i < Count; i++)
        {
            sum += FlowKey4.TryRead(_frames[i], in _layouts[i], out FlowKey4 key) ? key.SourcePort : 0;
        }

        return sum;
    }

    /// <summary>The keyed hash of a 16-byte flow key.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public ulong HashFlowKey()
    {
        ulong sum = 0;
        foreach (ref readonly FlowKey4 key in _keys.AsSpan())
        {
            sum += _hash.Hash(in key);
        }

        return sum;
    }
}
