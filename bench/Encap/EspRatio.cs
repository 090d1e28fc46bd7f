using System.Buffers.Binary;
using Weft.Bench.Ratios;
using Weft.Encap;

namespace Weft.Bench.Encap;

/// <summary>
/// Sealing and opening packets with all that ESP adds (numbers, padding, window, counters) beside the same library called from C
/// for nothing but the cipher.
/// </summary>
public abstract unsafe class EspRatio : IRatio
{
    private const uint Spi = 0x1000;
    private const byte IPv4Inside = 4;

    private readonly byte[] _key = [.. Enumerable.Range(1, 20).Select(i => (byte)i)];
    private int _packets;
    private ulong _peerNext = 1;
    private byte[] _ours = [];
    private byte[] _theirs = [];
    private EspOutboundSa? _outbound;
    private EspInboundSa? _inbound;
    private NativePeer? _peer;
    private delegate* unmanaged<byte*, uint, ulong, uint, uint, byte*, ulong> _run;

    /// <inheritdoc/>
    public string Package => "Encap";

    /// <inheritdoc/>
    public string Name => $"seal and open ESP, AES-128-GCM, {PayloadBytes} bytes";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public abstract string PeerName { get; }

    /// <inheritdoc/>
    public double Goal => 1.15;

    /// <summary>Payload, chosen such that no padding is needed.</summary>
    private protected abstract int PayloadBytes { get; }

    private protected abstract string Provider { get; }

    private protected abstract string Source { get; }

    private protected abstract string[] Packages { get; }

    private protected abstract string[] Flags { get; }

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _packets = shortRun ? 10_000 : 50_000;
        var options = new EspSaOptions
        {
            Spi = Spi,
            Algorithm = AeadAlgorithm.Aes128Gcm,
            KeyMaterial = _key,
            Provider = AeadProvider.All.FirstOrDefault(provider => provider.Name == Provider && provider.Supports(AeadAlgorithm.Aes128Gcm)),
        };
        _outbound = new EspOutboundSa(options);
        _inbound = new EspInboundSa(options);
        _ours = new byte[_outbound.SealedLength(PayloadBytes)];
        _ours.AsSpan(_outbound.HeaderLength, PayloadBytes).Fill(0x5A);
        _theirs = new byte[PayloadBytes + 2];
        _theirs.AsSpan(0, PayloadBytes).Fill(0x5A);
        _theirs[^1] = IPv4Inside;
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        if (_outbound!.Provider != Provider)
        {
            return $"{Provider} is not usable here";
        }

        _peer = NativePeer.TryLoad(Source, Packages, Flags, out string whyNot);
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
    public Sample Ours()
    {
        long start = ThreadClock.Nanoseconds;
        ulong sum = 0;
        for (int i = 0; i < _packets; i++)
        {
            _ = _outbound!.Seal(_ours, PayloadBytes, IPv4Inside, out int length);
            sum += BinaryPrimitives.ReadUInt64LittleEndian(_ours.AsSpan(length - Aead.TagLength));
            if (_inbound!.Open(_ours.AsSpan(0, length), out _) != EspStatus.Ok)
            {
                throw new InvalidOperationException("A packet that was just sealed does not open.");
            }
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / _packets, sum);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        long start = ThreadClock.Nanoseconds;
        ulong sum;
        fixed (byte* data = _theirs, salt = _key.AsSpan(16))
        {
            sum = _run(data, (uint)_theirs.Length, _peerNext, (uint)_packets, Spi, salt);
        }

        _peerNext += (ulong)_packets;
        return new Sample((double)(ThreadClock.Nanoseconds - start) / _packets, sum);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _outbound?.Dispose();
        _inbound?.Dispose();
        if (_run is not null)
        {
            ((delegate* unmanaged<void>)_peer!.Function("peer_stop"))();
        }

        _peer?.Dispose();
        GC.SuppressFinalize(this);
    }
}
