using Weft.Bench.Ratios;

namespace Weft.Bench.Packets;

/// <summary>DPDK's header parser and checksum in this process.</summary>
internal sealed unsafe class PacketPeer : IDisposable
{
    private readonly NativePeer _peer;

    private PacketPeer(NativePeer peer) => _peer = peer;

    public static PacketPeer? TryLoad(out string? whyNot)
    {
        NativePeer? peer = NativePeer.TryLoad("packet_headers.c", ["libdpdk"], [], out string reason);
        whyNot = peer is null ? reason : null;
        return peer is null ? null : new PacketPeer(peer);
    }

    public ulong Checksum(byte[] bytes, int stride, int length, int count)
    {
        fixed (byte* start = bytes)
        {
            return ((delegate* unmanaged<byte*, uint, uint, uint, ulong>)_peer.Function("peer_checksum"))(start, (uint)stride, (uint)length, (uint)count);
        }
    }

    public ulong Parse(Frames frames)
    {
        fixed (byte* start = frames.Bytes)
        fixed (ushort* lengths = frames.Lengths)
        {
            return ((delegate* unmanaged<byte*, ushort*, uint, uint, ulong>)_peer.Function("peer_parse"))(
                start, lengths, Frames.Stride, (uint)frames.Lengths.Length);
        }
    }

    public void Dispose() => _peer.Dispose();
}
