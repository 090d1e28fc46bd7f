using Weft.Bench.Ratios;
using Weft.Mesh;
using Weft.Packets;

namespace Weft.Bench.Mesh;

/// <summary>The same translation among a million connections, in random order, beside it among those that a cache holds.</summary>
public sealed class MeshMillionRatio : IRatio
{
    private const int Few = 4096;
    private const int Packets = 65_536;

    private readonly byte[] _copy = new byte[MeshBed.LeastBytes];
    private byte[] _many = [];
    private byte[] _few = [];
    private PacketLayout _layout;
    private MeshBed? _million;
    private MeshBed? _thousands;
    private string _size = "";

    /// <inheritdoc/>
    public string Package => "Mesh";

    /// <inheritdoc/>
    public string Name => $"copy and translate a 60-byte segment of {_size} connections in random order";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public string PeerName => $"ours with {Few:N0} connections";

    /// <inheritdoc/>
    public double Goal => 2.5;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _size = shortRun ? "64 k" : "1 M";
        _million = new MeshBed(shortRun ? 64_000 : 1_000_000);
        _thousands = new MeshBed(Few);
        _many = Write(_million);
        _few = Write(_thousands);
        _layout = MeshBed.LayoutOf(_many.AsSpan(0, MeshBed.LeastBytes));
    }

    /// <inheritdoc/>
    public string? SetUpPeer() => null;

    /// <inheritdoc/>
    public Sample Ours() => Pass(_million!.Translator, _many);

    /// <inheritdoc/>
    public Sample Peer() => Pass(_thousands!.Translator, _few);

    /// <inheritdoc/>
    public void Dispose()
    {
        _million?.Dispose();
        _thousands?.Dispose();
    }

    private static byte[] Write(MeshBed bed)
    {
        byte[] packets = new byte[Packets * MeshBed.LeastBytes];
        for (int i = 0; i < Packets; i++)
        {
            bed.WriteShuffled(packets.AsSpan(i * MeshBed.LeastBytes, MeshBed.LeastBytes), i);
        }

        return packets;
    }

    private Sample Pass(MeshTranslator translator, byte[] packets)
    {
        ulong translated = 0;
        long start = ThreadClock.Nanoseconds;
        for (int at = 0; at < packets.Length; at += MeshBed.LeastBytes)
        {
            packets.AsSpan(at, MeshBed.LeastBytes).CopyTo(_copy);
            translated += translator.Process(_copy, in _layout, MeshSide.Application, Timestamp.Zero).Action == MeshAction.Redirected ? 1u : 0;
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / Packets, translated);
    }
}
