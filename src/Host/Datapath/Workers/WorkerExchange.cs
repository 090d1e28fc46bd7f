using System.Numerics;
using Weft.Flows;

namespace Weft.Host.Datapath.Workers;

/// <summary>
/// The rings between the workers of a switch, one a direction and pair: for packets whose next stage is another worker's, and
/// for source addresses that all workers must know. No ring has two writers or two readers, so there are no locks.
/// </summary>
internal sealed class WorkerExchange
{
    /// <summary>Most workers of a switch.</summary>
    public const int MaxWorkers = 64;

    /// <summary>Least buffers that a worker needs for each other worker: a ring of a full default vector, and as many to work with.</summary>
    public const int BuffersPerPeer = 128;

    private const int MostPackets = 2048;

    /// <summary>More new addresses between two looks are told by a walk through the table instead, see <see cref="MacSharing"/>.</summary>
    private const int MostMacs = 256;

    private readonly SpscRing<HandedPacket>?[] _packets;
    private readonly SpscRing<SharedMac>?[] _macs;
    private ulong _behind;

    /// <summary>Makes the rings.</summary>
    /// <param name="workers">1 to 64.</param>
    /// <param name="poolBuffers">Buffers of one worker.</param>
    public WorkerExchange(int workers, int poolBuffers)
    {
        Workers = workers;
        Bells = [.. Enumerable.Range(0, workers).Select(_ => new WorkerBell())];
        // All rings of a worker that are full hold half of its buffers, so those who read nothing do not stop it.
        int room = Math.Max(1, poolBuffers / (2 * Math.Max(1, workers - 1)));
        int packets = Math.Min(MostPackets, 1 << BitOperations.Log2((uint)room));
        _packets = Rings<HandedPacket>(packets);
        _macs = Rings<SharedMac>(MostMacs);
    }

    /// <summary>Number of workers.</summary>
    public int Workers { get; }

    /// <summary>What wakes each worker.</summary>
    public WorkerBell[] Bells { get; }

    /// <summary>True if nothing is on its way.</summary>
    public bool IsQuiet
    {
        get
        {
            for (int pair = 0; pair < _packets.Length; pair++)
            {
                if (_packets[pair] is { Count: > 0 } || _macs[pair] is { Count: > 0 })
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Whether the last round of a worker left something at its ports or in its rings.</summary>
    public bool IsAnyBehind => Volatile.Read(ref _behind) != 0;

    /// <summary>Tells whether a worker could not take everything. Costs a read while that stays as it is.</summary>
    public void SetBehind(int worker, bool isBehind)
    {
        ulong bit = 1UL << worker;
        if ((Volatile.Read(ref _behind) & bit) != 0 == isBehind)
        {
            return;
        }

        _ = isBehind ? Interlocked.Or(ref _behind, bit) : Interlocked.And(ref _behind, ~bit);
    }

    /// <summary>Packets from one worker to another.</summary>
    public SpscRing<HandedPacket> Packets(int from, int to) => _packets[(from * Workers) + to]!;

    /// <summary>Addresses from one worker to another.</summary>
    public SpscRing<SharedMac> Macs(int from, int to) => _macs[(from * Workers) + to]!;

    private SpscRing<T>?[] Rings<T>(int capacity) =>
        [.. Enumerable.Range(0, Workers * Workers).Select(pair => pair / Workers == pair % Workers ? null : new SpscRing<T>(capacity))];
}
