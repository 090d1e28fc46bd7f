using System.Runtime.InteropServices;
using Weft.Bench.Ratios;
using Weft.Ids;

namespace Weft.Bench.Ids;

/// <summary>All matches of a set of patterns in payloads, record by record, beside Hyperscan; the sums over matches must agree.</summary>
public abstract unsafe class PatternScanRatio : IRatio
{
    private const double Kilobyte = 1024;

    private readonly int _count;
    private ScanMaterial _material = null!;
    private PatternSet _set = null!;
    private NativePeer? _peer;
    private delegate* unmanaged<byte*, int*, int, ulong*, ulong*, void> _scan;

    private protected PatternScanRatio(int count, double goal) => (_count, Goal) = (count, goal);

    /// <inheritdoc/>
    public string Package => "Ids";

    /// <inheritdoc/>
    public string Name => _count == int.MaxValue ? "find all of all patterns in payloads" : $"find all of {_count} patterns in payloads";

    /// <inheritdoc/>
    public string Unit => "ns/KB";

    /// <inheritdoc/>
    public string PeerName => "Hyperscan hs_scan";

    /// <inheritdoc/>
    public double Goal { get; }

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _material = ScanMaterial.Load(_count);
        var builder = new PatternSetBuilder();
        foreach ((byte[] bytes, bool noCase) in _material.Patterns)
        {
            builder.Add(bytes, noCase ? PatternFlags.NoCase : PatternFlags.None);
        }

        _set = builder.Build();
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peer = NativePeer.TryLoad("hyperscan.c", ["libhs"], [], out string whyNot);
        if (_peer is null)
        {
            return whyNot;
        }

        nint[] expressions = [.. _material.Patterns.Select(pattern => Marshal.StringToCoTaskMemUTF8(string.Concat(pattern.Bytes.Select(value => $"\\x{value:x2}"))))];
        uint[] withoutCase = [.. _material.Patterns.Select(pattern => pattern.NoCase ? 1u : 0u)];
        uint[] ids = [.. Enumerable.Range(0, expressions.Length).Select(i => (uint)i)];
        fixed (nint* text = expressions)
        fixed (uint* flags = withoutCase, numbers = ids)
        {
            int result = ((delegate* unmanaged<nint*, uint*, uint*, uint, int>)_peer.Function("weft_hs_compile"))(text, flags, numbers, (uint)ids.Length);
            _scan = (delegate* unmanaged<byte*, int*, int, ulong*, ulong*, void>)_peer.Function("weft_hs_scan");
            return result == 0 ? null : $"it refuses the patterns with {result}";
        }
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        var sink = new Sum();
        ReadOnlySpan<byte> data = _material.Data;
        long start = ThreadClock.Nanoseconds;
        foreach (int length in _material.Lengths)
        {
            _set.Scan(data[..length], ref sink);
            data = data[length..];
        }

        return new Sample((ThreadClock.Nanoseconds - start) / (_material.Data.Length / Kilobyte), sink.Total);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        ulong matches;
        ulong total;
        long start = ThreadClock.Nanoseconds;
        fixed (byte* data = _material.Data)
        fixed (int* lengths = _material.Lengths)
        {
            _scan(data, lengths, _material.Lengths.Length, &matches, &total);
        }

        return new Sample((ThreadClock.Nanoseconds - start) / (_material.Data.Length / Kilobyte), total);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_peer is not null)
        {
            ((delegate* unmanaged<void>)_peer.Function("weft_hs_free"))();
            _peer.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>A sum over (pattern, end) in which order does not matter; an interval counts for each of its ends.</summary>
    private struct Sum : IMatchSink
    {
        private const ulong Weight = 0x9E37_79B9_7F4A_7C15UL;
        private const ulong Shift = 0x0123_4567;

        public ulong Total;

        public bool OnMatch(int pattern, long end)
        {
            Total += unchecked((ulong)(pattern + 1) * Weight * ((ulong)end + Shift));
            return true;
        }

        public bool OnRun(int pattern, long firstEnd, long lastEnd)
        {
            // Weight times the sum of an arithmetic series: an interval is not worth a call for each end. Offsets in a record are
            // far below 2^31, so that neither factor nor product overflows.
            ulong count = (ulong)(lastEnd - firstEnd + 1);
            ulong ends = count * (ulong)(firstEnd + lastEnd) / 2;
            Total += unchecked((ulong)(pattern + 1) * Weight * (ends + count * Shift));
            return true;
        }
    }
}
