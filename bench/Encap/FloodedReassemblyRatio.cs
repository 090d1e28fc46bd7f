using Weft.Bench.Ratios;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Bench.Encap;

/// <summary>What a fragment costs that a flooding endpoint has no share left for, beside one that is stored.</summary>
public sealed class FloodedReassemblyRatio : IRatio
{
    private const int Fragments = 2048;
    private const int FragmentBytes = 1000;

    private readonly byte[] _fragment = new byte[FragmentBytes];
    private readonly FragmentSource _flooder = new(VtepAddress.Parse("192.0.2.1"), 100, 0);
    private readonly FragmentSource _sender = new(VtepAddress.Parse("192.0.2.2"), 101, 0);
    private TunnelReassembler? _reassembler;
    private uint _next;

    /// <inheritdoc/>
    public string Package => "Encap";

    /// <inheritdoc/>
    public string Name => "refuse a fragment of an endpoint that has its share";

    /// <inheritdoc/>
    public string Unit => "ns/fragment";

    /// <inheritdoc/>
    public string PeerName => "store one of another endpoint, half of them completing a frame";

    /// <inheritdoc/>
    public double Goal => 1.5;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _reassembler = new TunnelReassembler(new ReassemblyOptions { Seed = new HashSeed(1, 2) });
        for (uint id = 0; id < 128; id++)
        {
            _ = _reassembler.Add(_flooder, new FragmentInfo(id, 2 * FragmentBytes, 0), _fragment, 0, Timestamp.Zero, out _);
        }
    }

    /// <inheritdoc/>
    public string? SetUpPeer() => null;

    /// <inheritdoc/>
    public Sample Ours()
    {
        ulong refused = 0;
        long start = ThreadClock.Nanoseconds;
        for (int i = 0; i < Fragments; i++)
        {
            var info = new FragmentInfo(1000 + _next++, 2 * FragmentBytes, 0);
            refused += _reassembler!.Add(_flooder, info, _fragment, 0, Timestamp.Zero, out _) == ReassemblyVerdict.SourceQuota ? 1UL : 0;
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / Fragments, refused);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        ulong stored = 0;
        long start = ThreadClock.Nanoseconds;
        for (int i = 0; i < Fragments; i++)
        {
            var info = new FragmentInfo(_next, 2 * FragmentBytes, (ushort)(i % 2 == 0 ? 0 : FragmentBytes / FragmentInfo.UnitBytes));
            if (_reassembler!.Add(_sender, info, _fragment, 0, Timestamp.Zero, out DatagramHandle handle) == ReassemblyVerdict.Completed)
            {
                _ = _reassembler.Release(handle);
                _next++;
            }

            stored++;
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / Fragments, stored);
    }

    /// <inheritdoc/>
    public void Dispose() => _reassembler?.Dispose();
}
