using System.Security.Cryptography;
using Weft.Bench.Ratios;

namespace Weft.Bench.Pcap;

/// <summary>
/// Every packet of a large capture, read and written to /dev/null as pcap. Before anything is measured both sides write the
/// copy to a file, and its bytes must be the same; each pass then gives its number of packets.
/// </summary>
public abstract class CopyRatio : IRatio
{
    /// <summary>Where the copy goes while it is measured.</summary>
    protected const string Nowhere = "/dev/null";

    private readonly bool _pcapng;
    private CaptureInput? _input;
    private ulong _oursHash;
    private ulong _peerHash;

    /// <param name="pcapng">Whether the input is pcapng instead of pcap.</param>
    protected CopyRatio(bool pcapng) => _pcapng = pcapng;

    /// <inheritdoc/>
    public string Package => "Pcap";

    /// <inheritdoc/>
    public string Name => $"copy a large {(_pcapng ? "pcapng" : "pcap")} file as pcap, {How}";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public abstract string PeerName { get; }

    /// <inheritdoc/>
    public double Goal => 1.0;

    /// <inheritdoc/>
    public abstract Statistic Statistic { get; }

    /// <summary>How both sides are run, for the name.</summary>
    protected abstract string How { get; }

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _input = new CaptureInput(_pcapng, shortRun && !NeedsLargeInput);
        string copy = _input.Beside("ours.pcap");
        CopyOurs(_input.Path, copy);
        _oursHash = Hash(copy);
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        string? missing = LoadPeer();
        if (missing is null)
        {
            string copy = _input!.Beside("peer.pcap");
            CopyPeer(_input.Path, copy);
            _peerHash = Hash(copy);
        }

        return missing;
    }

    /// <inheritdoc/>
    public Sample Ours() => Of(CopyOurs(_input!.Path, Nowhere), _oursHash);

    /// <inheritdoc/>
    public Sample Peer() => Of(CopyPeer(_input!.Path, Nowhere), _peerHash);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        _input?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>True if a small input would measure something else, such as the start of a process.</summary>
    protected virtual bool NeedsLargeInput => false;

    /// <summary>Packets in the input, for a side that does not count them itself.</summary>
    protected long PacketsExpected => _input!.Packets;

    /// <summary>Makes the peer ready.</summary>
    /// <returns>Why it is not here, or null.</returns>
    protected abstract string? LoadPeer();

    /// <summary>Our copy.</summary>
    protected abstract (long CpuNanoseconds, long Packets) CopyOurs(string input, string output);

    /// <summary>The peer's copy.</summary>
    protected abstract (long CpuNanoseconds, long Packets) CopyPeer(string input, string output);

    private Sample Of((long CpuNanoseconds, long Packets) copy, ulong hash) =>
        new((double)copy.CpuNanoseconds / _input!.Packets, hash ^ (ulong)copy.Packets);

    private static ulong Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return BitConverter.ToUInt64(SHA256.HashData(file));
    }
}
