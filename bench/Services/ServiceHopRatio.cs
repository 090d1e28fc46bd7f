using Weft.Bench.Ratios;
using Weft.Services;

namespace Weft.Bench.Services;

/// <summary>What one more service costs a packet, beside one more indirect call in C: the least that a graph of elements without batches can do.</summary>
public sealed unsafe class ServiceHopRatio : IRatio
{
    private const int Burst = 64;
    private const int Few = 8;
    private const int Many = 24;

    private readonly ServiceResult[] _results = new ServiceResult[Burst];
    private (ServiceSet Set, PacketBatch[] Bursts) _few;
    private (ServiceSet Set, PacketBatch[] Bursts) _many;
    private NativePeer? _peer;
    private delegate* unmanaged<int, int, nint> _hops;
    private int _passes;

    /// <inheritdoc/>
    public string Package => "Services";

    /// <inheritdoc/>
    public string Name => "one more service with state for each packet";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public string PeerName => "C: one more element, an indirect call with the packet that counts it in the flow's state";

    /// <inheritdoc/>
    public double Goal => 1.5;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _passes = shortRun ? 20 : 200;
        (_few, _many) = (ServiceBenchBed.Make(Few), ServiceBenchBed.Make(Many));
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peer = NativePeer.TryLoad("elements.c", [], [], out string whyNot);
        if (_peer is null)
        {
            return whyNot;
        }

        _hops = (delegate* unmanaged<int, int, nint>)_peer.Function("elements_run");
        return null;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        double few = Run(_few);
        return new Sample((Run(_many) - few) / (Many - Few), 1);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        int packets = _passes * 4096;
        return new Sample((double)(_hops(packets, Many) - _hops(packets, Few)) / packets / (Many - Few), 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _few.Set?.Dispose();
        _many.Set?.Dispose();
        _peer?.Dispose();
    }

    private double Run((ServiceSet Set, PacketBatch[] Bursts) bed)
    {
        long start = ThreadClock.Nanoseconds;
        for (int pass = 0; pass < _passes; pass++)
        {
            foreach (PacketBatch burst in bed.Bursts)
            {
                PacketBatch packets = burst;
                bed.Set.Process(ref packets, ServiceDirection.FromMachine, _results, ServiceBenchBed.Start);
            }
        }

        return (double)(ThreadClock.Nanoseconds - start) / _passes / bed.Bursts.Length / Burst;
    }
}
