using System.Diagnostics;
using Weft.Bench.Ratios;
using Weft.Encap;

namespace Weft.Bench.Encap;

/// <summary>
/// Two workers with an association each beside one worker with one: the same packets in all, by the clock on the wall. It
/// says what associations a worker are worth where two processors are really there; two hyper-threads of one core, or a busy
/// machine, share what one has.
/// </summary>
public sealed class TwoWorkersRatio : IRatio
{
    private const int PayloadBytes = 1398;

    private int _packets;

    /// <inheritdoc/>
    public string Package => "Encap";

    /// <inheritdoc/>
    public string Name => $"seal and open ESP with two workers, {PayloadBytes} bytes";

    /// <inheritdoc/>
    public string Unit => "ns/packet on the wall clock";

    /// <inheritdoc/>
    public string PeerName => "one worker";

    /// <inheritdoc/>
    public double Goal => 1 / 1.8;

    /// <inheritdoc/>
    public void SetUp(bool shortRun) => _packets = shortRun ? 40_000 : 400_000;

    /// <inheritdoc/>
    public string? SetUpPeer() => Environment.ProcessorCount < 2 ? "needs two processors" : null;

    /// <inheritdoc/>
    public Sample Ours() => Measure(workers: 2);

    /// <inheritdoc/>
    public Sample Peer() => Measure(workers: 1);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing outlives a measurement.
    }

    private Sample Measure(int workers)
    {
        long opened = 0;
        using var ready = new Barrier(workers + 1);
        Thread[] threads = [.. Enumerable.Range(0, workers).Select(worker => new Thread(() =>
        {
            var options = new EspSaOptions { Spi = 0x1000 + (uint)worker, Algorithm = AeadAlgorithm.Aes128Gcm, KeyMaterial = new byte[20] };
            using var outbound = new EspOutboundSa(options);
            using var inbound = new EspInboundSa(options);
            byte[] packet = new byte[outbound.SealedLength(PayloadBytes)];
            ready.SignalAndWait();
            long mine = 0;
            for (int i = 0; i < _packets / workers; i++)
            {
                _ = outbound.Seal(packet, PayloadBytes, 4, out int length);
                mine += inbound.Open(packet.AsSpan(0, length), out _) == EspStatus.Ok ? 1 : 0;
            }

            Interlocked.Add(ref opened, mine);
        }))];
        Array.ForEach(threads, thread => thread.Start());
        ready.SignalAndWait();
        long start = Stopwatch.GetTimestamp();
        Array.ForEach(threads, thread => thread.Join());
        return new Sample(Stopwatch.GetElapsedTime(start).TotalNanoseconds / _packets, (ulong)opened);
    }
}
