using Weft.Multicast;

namespace Weft.Bench.Multicast;

/// <summary>A ring of slots for each port, as the peer has them.</summary>
internal struct RingSink(int ports, bool scatter) : IReplicaSink
{
    private const int Slots = 32;
    private const int SlotBytes = 2048;

    private readonly byte[] _rings = GC.AllocateUninitializedArray<byte>(ports * Slots * SlotBytes, pinned: true);
    private readonly int[] _payloadBytes = new int[ports * Slots];
    private int _slot;

    public readonly bool TryBegin(in ReplicaTarget target, int headBytes, int payloadBytes, out Span<byte> room)
    {
        int at = (target.Port * Slots) + _slot;
        room = _rings.AsSpan(at * SlotBytes, scatter ? headBytes : headBytes + payloadBytes);
        return true;
    }

    public readonly void Commit(in ReplicaTarget target, int written, ReadOnlySpan<byte> payload) => _payloadBytes[(target.Port * Slots) + _slot] = payload.Length;

    public void NextSlot() => _slot = (_slot + 1) % Slots;
}
