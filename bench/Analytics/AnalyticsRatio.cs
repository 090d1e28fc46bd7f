using System.Runtime.InteropServices;
using Weft.Bench.Ratios;

namespace Weft.Bench.Analytics;

/// <summary>What the ratios of this package have in common: a folder of input, and a peer in Python.</summary>
public abstract class AnalyticsRatio(string peer, string name, string unit, string peerName, double goal) : IRatio
{
    private DirectoryInfo? _folder;
    private PythonPeer? _peer;

    /// <inheritdoc/>
    public string Package => "Analytics";

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public string Unit => unit;

    /// <inheritdoc/>
    public string PeerName => peerName;

    /// <inheritdoc/>
    public double Goal => goal;

    /// <summary>Operations of one pass of the peer.</summary>
    protected abstract double PeerOperations { get; }

    /// <inheritdoc/>
    public abstract void SetUp(bool shortRun);

    /// <inheritdoc/>
    public virtual string? SetUpPeer()
    {
        _peer = PythonPeer.TryStart(peer, _folder!.FullName, out string whyNot);
        return _peer is null ? whyNot : null;
    }

    /// <inheritdoc/>
    public abstract Sample Ours();

    /// <inheritdoc/>
    public virtual Sample Peer() => _peer!.Run(PeerOperations);

    /// <inheritdoc/>
    public void Dispose()
    {
        _peer?.Dispose();
        _folder?.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Hands numbers to the peer.</summary>
    protected void Write<T>(string file, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        _folder ??= Directory.CreateTempSubdirectory("weft-analytics-");
        File.WriteAllBytes(Path.Combine(_folder.FullName, file), MemoryMarshal.AsBytes(values).ToArray());
    }
}
