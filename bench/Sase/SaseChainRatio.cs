using Weft.Bench.Ratios;
using Weft.Packets;
using Weft.Sase;

namespace Weft.Bench.Sase;

/// <summary>What a service that does nothing adds to the walk, beside the same walk without it; the difference is what is limited.</summary>
public sealed class SaseChainRatio : IRatio
{
    private SaseBurst _burst = new();
    private ManagedServiceNode? _with;
    private ManagedServiceNode? _without;
    private byte[][] _packets = [];

    /// <inheritdoc/>
    public string Package => "Sase";

    /// <inheritdoc/>
    public string Name => "walk with a service that does nothing";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public string PeerName => "the same walk without it";

    /// <inheritdoc/>
    public double Goal => 1.05;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        (_with, _without) = (SaseBenchBed.Make(new Nothing()), SaseBenchBed.Make());
        _packets = SaseBenchBed.Packets();
    }

    /// <inheritdoc/>
    public string? SetUpPeer() => null;

    /// <inheritdoc/>
    public Sample Ours() => Walk(_with!);

    /// <inheritdoc/>
    public Sample Peer() => Walk(_without!);

    /// <inheritdoc/>
    public void Dispose()
    {
        _with?.Dispose();
        _without?.Dispose();
    }

    private Sample Walk(ManagedServiceNode node)
    {
        const int Passes = 10;
        long start = ThreadClock.Nanoseconds;
        ulong left = 0;
        for (int pass = 0; pass < Passes; pass++)
        {
            for (ReadOnlySpan<byte[]> rest = _packets; !rest.IsEmpty;)
            {
                rest = _burst.Fill(rest);
                node.FromTunnel(ref _burst, SaseBenchBed.Start);
                left += (ulong)_burst.Sent(SaseAction.ToUplink);
            }
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / left, left);
    }

    private sealed class Nothing : IServiceChain
    {
        public bool Pass(Span<byte> frame, in PacketLayout layout, uint vni, bool inward, Timestamp now) => true;
    }
}
