using System.Buffers.Binary;
using Weft.Bench.Ratios;
using Weft.Mesh;
using Weft.Packets;

namespace Weft.Bench.Mesh;

/// <summary>
/// Translating a segment of a connection that is known, beside computing both its checksums from scratch as RFC 1071 section 4.1 does, a word after the
/// other: what a translator without incremental updates does at the least. Both copy the packet first.
/// </summary>
public class MeshTranslateRatio : IRatio
{
    private const int Connections = 4096;
    private const int Rounds = 50;

    private byte[] _packets = [];
    private byte[] _copy = [];
    private PacketLayout _layout;
    private MeshBed? _bed;

    /// <inheritdoc/>
    public string Package => "Mesh";

    /// <inheritdoc/>
    public string Name => $"copy and translate a segment of {PacketBytes:N0} bytes of {Connections:N0} connections to 4,096 services";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public string PeerName => "copy and both checksums from scratch, word by word (RFC 1071 section 4.1)";

    /// <inheritdoc/>
    public virtual double Goal => 1.5; // docs/decisions/0018

    /// <summary>Octets of a packet.</summary>
    protected virtual int PacketBytes => MeshBed.LeastBytes;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _bed = new MeshBed(Connections);
        _packets = new byte[Connections * PacketBytes];
        _copy = new byte[PacketBytes];
        for (int i = 0; i < Connections; i++)
        {
            _bed.WriteShuffled(_packets.AsSpan(i * PacketBytes, PacketBytes), i);
        }

        _layout = MeshBed.LayoutOf(_packets.AsSpan(0, PacketBytes));
    }

    /// <inheritdoc/>
    public string? SetUpPeer() => null;

    /// <inheritdoc/>
    public Sample Ours()
    {
        ulong translated = 0;
        int bytes = PacketBytes;
        MeshTranslator translator = _bed!.Translator;
        long start = ThreadClock.Nanoseconds;
        for (int round = 0; round < Rounds; round++)
        {
            for (int at = 0; at < _packets.Length; at += bytes)
            {
                _packets.AsSpan(at, bytes).CopyTo(_copy);
                translated += translator.Process(_copy, in _layout, MeshSide.Application, Timestamp.Zero).Action == MeshAction.Redirected ? 1u : 0;
            }
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / (Rounds * Connections), translated);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        int bytes = PacketBytes;
        ulong done = 0;
        long start = ThreadClock.Nanoseconds;
        for (int round = 0; round < Rounds; round++)
        {
            for (int at = 0; at < _packets.Length; at += bytes)
            {
                _packets.AsSpan(at, bytes).CopyTo(_copy);
                done += Recompute(_copy) ? 1u : 0;
            }
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / (Rounds * Connections), done);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bed?.Dispose();
        GC.SuppressFinalize(this);
    }

    private static bool Recompute(Span<byte> packet)
    {
        (packet[10], packet[11], packet[36], packet[37]) = (0, 0, 0, 0);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], Fold(Sum(packet[..20], 0)));
        uint pseudo = Sum(packet.Slice(12, 8), (uint)IpProtocol.Tcp + (uint)(packet.Length - 20));
        ushort checksum = Fold(Sum(packet[20..], pseudo));
        BinaryPrimitives.WriteUInt16BigEndian(packet[36..], checksum);
        return true;
    }

    private static uint Sum(ReadOnlySpan<byte> bytes, uint sum)
    {
        for (int i = 0; i + 1 < bytes.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]);
        }

        return sum;
    }

    private static ushort Fold(uint sum)
    {
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~(sum + (sum >> 16));
    }
}
