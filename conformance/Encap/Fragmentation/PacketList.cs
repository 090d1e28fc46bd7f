using Weft.Encap;

namespace Weft.Conformance.EncapTests;

/// <summary>Keeps the packets that a fragmenter writes.</summary>
internal struct PacketList(List<byte[]> packets, int most = int.MaxValue) : IFragmentSink
{
    private byte[] _packet = [];

    public Span<byte> Begin(int bytes) => _packet = packets.Count < most ? new byte[bytes] : [];

    public readonly void End(int bytes) => packets.Add(_packet[..bytes]);
}
