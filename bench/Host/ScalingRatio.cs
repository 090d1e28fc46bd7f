using Weft.Bench.Ratios;
using Weft.Encap;

namespace Weft.Bench.Host;

/// <summary>
/// What a second worker is worth, beside what a second thread is worth to somebody else on the same two processors in the same
/// run. The figure of each side is processors used for the work of one, times two: 1 if the second doubles what is done, 2 if it adds nothing.
/// </summary>
public abstract unsafe class ScalingRatio : IRatio
{
    private protected const int PayloadBytes = 1398;
    private const int Batch = 64;

    private readonly byte[] _key = [.. Enumerable.Range(1, 20).Select(i => (byte)i)];
    private readonly byte[][] _packets = [new byte[PayloadBytes + 2], new byte[PayloadBytes + 2]];
    private readonly ulong[] _next = [1, 1 << 40];
    private NativePeer? _peer;
    private delegate* unmanaged<byte*, uint, ulong, uint, uint, byte*, ulong> _run;

    /// <inheritdoc/>
    public string Package => "Host";

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public string Unit => "x the time of one, per half";

    /// <inheritdoc/>
    public virtual string PeerName => "intel-ipsec-mb called from C by two threads, cipher alone";

    /// <inheritdoc/>
    public virtual double Goal => 1 / 0.95;

    /// <inheritdoc/>
    public abstract void SetUp(bool shortRun);

    /// <inheritdoc/>
    public virtual string? SetUpPeer()
    {
        if (Environment.ProcessorCount < 2)
        {
            return "needs two processors";
        }

        _peer = NativePeer.TryLoad("ipsec_mb.c", [], ["-lIPSec_MB"], out string whyNot);
        if (_peer is null)
        {
            return whyNot;
        }

        fixed (byte* key = _key)
        {
            if (((delegate* unmanaged<byte*, int>)_peer.Function("peer_start"))(key) != 0)
            {
                return "the library does not start";
            }
        }

        _run = (delegate* unmanaged<byte*, uint, ulong, uint, uint, byte*, ulong>)_peer.Function("peer_run");
        return null;
    }

    /// <inheritdoc/>
    public abstract Sample Ours();

    /// <inheritdoc/>
    public virtual Sample Peer() => Measure(() => Cipher(0), Cipher);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        if (_peer is not null)
        {
            ((delegate* unmanaged<void>)_peer.Function("peer_stop"))();
            _peer.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    private protected static Sample Measure(Func<long> alone, Func<int, long> together) => new(2 / Scaling.Of(alone, together), 0);

    private long Cipher(int thread)
    {
        fixed (byte* data = _packets[thread], salt = _key.AsSpan(16))
        {
            if (_run(data, PayloadBytes + 2, _next[thread], Batch, 0x1000, salt) == 0)
            {
                throw new InvalidOperationException("The library does not open what it sealed.");
            }
        }

        _next[thread] += Batch;
        return Batch;
    }

    /// <summary>One worker's associations, as the library has them.</summary>
    private protected sealed class Pair : IDisposable
    {
        private readonly EspOutboundSa _outbound;
        private readonly EspInboundSa _inbound;
        private readonly byte[] _packet;

        public Pair(uint spi)
        {
            var options = new EspSaOptions { Spi = spi, Algorithm = AeadAlgorithm.Aes128Gcm, KeyMaterial = new byte[20] };
            (_outbound, _inbound) = (new EspOutboundSa(options), new EspInboundSa(options));
            _packet = new byte[_outbound.SealedLength(PayloadBytes)];
        }

        public long SealAndOpen()
        {
            for (int i = 0; i < Batch; i++)
            {
                _ = _outbound.Seal(_packet, PayloadBytes, 4, out int length);
                if (_inbound.Open(_packet.AsSpan(0, length), out _) != EspStatus.Ok)
                {
                    throw new InvalidOperationException("A packet that was just sealed does not open.");
                }
            }

            return Batch;
        }

        public void Dispose()
        {
            _outbound.Dispose();
            _inbound.Dispose();
        }
    }
}
