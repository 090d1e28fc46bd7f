using System.Diagnostics;
using System.Runtime.InteropServices;
using Weft.Bench.Ratios;
using Weft.Packets;
using Weft.Services;

namespace Weft.Bench.Services;

/// <summary>
/// One packet to a service beyond shared memory and back, copied twice and checked, beside a number that goes there and back through two bare cache lines. Both ends
/// are threads, which to memory is what processes are.
/// </summary>
public sealed unsafe class RingHopRatio : IRatio
{
    private const int PacketBytes = 64;

    private static readonly ContainerOptions Options = new() { Slots = 64, SlotBytes = 2048, Patience = TimeSpan.FromMinutes(1) };

    private readonly byte[] _frame = new byte[PacketBytes];
    private readonly byte[] _back = new byte[2048];
    private byte* _memory;
    private long _bytes;
    private int _trips;

    /// <inheritdoc/>
    public string Package => "Services";

    /// <inheritdoc/>
    public string Name => "a packet of 64 octets to a service in another process and back";

    /// <inheritdoc/>
    public string Unit => "ns/round trip";

    /// <inheritdoc/>
    public string PeerName => "a counter there and back through two cache lines of shared memory";

    /// <inheritdoc/>
    public double Goal => 2;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _trips = shortRun ? 2_000 : 50_000;
        _bytes = ContainerRing.BytesFor(Options);
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)_bytes, 64);
    }

    /// <inheritdoc/>
    public string? SetUpPeer() => null;

    /// <inheritdoc/>
    public Sample Ours()
    {
        var ring = new ContainerRing(_memory, _bytes, Options, ServiceBenchBed.Start);
        ContainerEndpoint endpoint = ContainerEndpoint.TryJoin(_memory, _bytes)!;
        endpoint.Beat();
        _ = ring.Check(ServiceBenchBed.Start);
        var service = new Thread(() =>
        {
            for (int served = 0; served < _trips;)
            {
                if (endpoint.TryTake(out ContainerRequest request))
                {
                    endpoint.Reply(request, ServiceVerdict.Pass, request.Length);
                    served++;
                }
            }
        });
        service.Start();
        long started = Stopwatch.GetTimestamp();
        ulong returned = 0;
        for (int trip = 0; trip < _trips; trip++)
        {
            _ = ring.TrySubmit(_frame, ServiceDirection.FromMachine, default);
            ContainerReply reply;
            while (!ring.TryTake(_back, out reply))
            {
                // The service has it.
            }

            returned += reply.Length == PacketBytes ? 1UL : 0;
        }

        double cost = Stopwatch.GetElapsedTime(started).TotalNanoseconds / _trips;
        service.Join();
        return new Sample(cost, returned);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        uint* there = (uint*)_memory;
        uint* back = (uint*)(_memory + 256);
        (*there, *back) = (0, 0);
        var other = new Thread(() =>
        {
            for (uint trip = 1; trip <= (uint)_trips; trip++)
            {
                while (Volatile.Read(ref *there) != trip)
                {
                    // It is on the way.
                }

                Volatile.Write(ref *back, trip);
            }
        });
        other.Start();
        long started = Stopwatch.GetTimestamp();
        for (uint trip = 1; trip <= (uint)_trips; trip++)
        {
            Volatile.Write(ref *there, trip);
            while (Volatile.Read(ref *back) != trip)
            {
                // It is on the way.
            }
        }

        double cost = Stopwatch.GetElapsedTime(started).TotalNanoseconds / _trips;
        other.Join();
        return new Sample(cost, (ulong)_trips);
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.AlignedFree(_memory);
}
