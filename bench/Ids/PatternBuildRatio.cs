using System.Runtime.InteropServices;
using Weft.Bench.Ratios;
using Weft.Ids;

namespace Weft.Bench.Ids;

/// <summary>Time to build what is scanned with, beside Hyperscan's compiler.</summary>
public abstract unsafe class PatternBuildRatio : IRatio
{
    private readonly int _count;
    private ScanMaterial _material = null!;
    private NativePeer? _peer;

    private protected PatternBuildRatio(int count) => _count = count;

    /// <inheritdoc/>
    public string Package => "Ids";

    /// <inheritdoc/>
    public string Name => _count == int.MaxValue ? "build all patterns" : $"build {_count} patterns";

    /// <inheritdoc/>
    public string Unit => "ms";

    /// <inheritdoc/>
    public string PeerName => "Hyperscan hs_compile_multi";

    /// <inheritdoc/>
    public double Goal => 0.1;

    /// <inheritdoc/>
    public void SetUp(bool shortRun) => _material = ScanMaterial.Load(_count);

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peer = NativePeer.TryLoad("hyperscan.c", ["libhs"], [], out string whyNot);
        return _peer is null ? whyNot : null;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        long start = ThreadClock.Nanoseconds;
        var builder = new PatternSetBuilder();
        foreach ((byte[] bytes, bool noCase) in _material.Patterns)
        {
            builder.Add(bytes, noCase ? PatternFlags.NoCase : PatternFlags.None);
        }

        int count = builder.Build().Count;
        return new Sample((ThreadClock.Nanoseconds - start) / 1e6, count > 0 ? 0UL : 1UL);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        nint[] expressions = [.. _material.Patterns.Select(pattern => Marshal.StringToCoTaskMemUTF8(string.Concat(pattern.Bytes.Select(value => $"\\x{value:x2}"))))];
        uint[] withoutCase = [.. _material.Patterns.Select(pattern => pattern.NoCase ? 1u : 0u)];
        uint[] ids = [.. Enumerable.Range(0, expressions.Length).Select(i => (uint)i)];
        int result;
        long start = ThreadClock.Nanoseconds;
        fixed (nint* text = expressions)
        fixed (uint* flags = withoutCase, numbers = ids)
        {
            result = ((delegate* unmanaged<nint*, uint*, uint*, uint, int>)_peer!.Function("weft_hs_compile"))(text, flags, numbers, (uint)ids.Length);
        }

        double elapsed = (ThreadClock.Nanoseconds - start) / 1e6;
        ((delegate* unmanaged<void>)_peer.Function("weft_hs_free"))();
        Array.ForEach(expressions, Marshal.FreeCoTaskMem);
        return new Sample(elapsed, result == 0 ? 0UL : 1UL);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _peer?.Dispose();
        GC.SuppressFinalize(this);
    }
}
