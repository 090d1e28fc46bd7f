using Weft.Bench.Ratios;
using Weft.Encap;

namespace Weft.Bench.Encap;

/// <summary>
/// Two workers with an association each beside one worker with one, by the clock on the wall, in turns short enough to find two
/// processors that nobody else uses. Two hyper-threads of one core share what one has: see the ratios of package Host, which measure what
/// the library alone and plain arithmetic gain in the same run.
/// </summary>
public sealed class TwoWorkersRatio : IRatio
{
    private const int PayloadBytes = 1398;
    private const int Batch = 64;

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
    public void SetUp(bool shortRun)
    {
        // Everything is built with each measurement.
    }

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
        var pairs = new (EspOutboundSa Outbound, EspInboundSa Inbound, byte[] Packet)[workers];
        for (int worker = 0; worker < workers; worker++)
        {
            var options = new EspSaOptions { Spi = 0x1000 + (uint)worker, Algorithm = AeadAlgorithm.Aes128Gcm, KeyMaterial = new byte[20] };
            var outbound = new EspOutboundSa(options);
            pairs[worker] = (outbound, new EspInboundSa(options), new byte[outbound.SealedLength(PayloadBytes)]);
        }

        double rate = Scaling.BestRate(workers, worker => SealAndOpen(pairs[worker]));
        Array.ForEach(pairs, pair =>
        {
            pair.Outbound.Dispose();
            pair.Inbound.Dispose();
        });
        return new Sample(1e9 / rate, 0);
    }

    private static long SealAndOpen(in (EspOutboundSa Outbound, EspInboundSa Inbound, byte[] Packet) pair)
    {
        for (int i = 0; i < Batch; i++)
        {
            _ = pair.Outbound.Seal(pair.Packet, PayloadBytes, 4, out int length);
            if (pair.Inbound.Open(pair.Packet.AsSpan(0, length), out _) != EspStatus.Ok)
            {
                throw new InvalidOperationException("A packet that was just sealed does not open.");
            }
        }

        return Batch;
    }
}
