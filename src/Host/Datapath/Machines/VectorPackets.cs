using Weft.Packets;
using Weft.Ports;
using Weft.Services;

namespace Weft.Host.Datapath.Machines;

/// <summary>Packets of a vector as a burst for services.</summary>
internal readonly ref struct VectorPackets(PacketVector vector, ReadOnlySpan<ushort> slots) : IServicePackets
{
    private readonly ReadOnlySpan<ushort> _slots = slots;

    public int Count => _slots.Length;

    public Span<byte> Bytes(int index) => vector.Bytes(_slots[index]);

    public ref PacketLayout Layout(int index) => ref vector[_slots[index]].Layout;

    /// <summary>The room in front belongs to tags and tunnels, so a packet that grows in front moves back.</summary>
    public bool TryResize(int index, int front, int back)
    {
        ref Packet packet = ref vector[_slots[index]].Packet;
        Span<byte> room = vector.Pool.Room(packet);
        int length = packet.Length + front + back;
        if (length < 0 || packet.Offset + length > room.Length || packet.Length + Math.Min(back, 0) < 0)
        {
            return false;
        }

        if (front > 0)
        {
            int kept = packet.Length + Math.Min(back, 0);
            room.Slice(packet.Offset, kept).CopyTo(room[(packet.Offset + front)..]);
        }
        else
        {
            packet.Offset -= front;
        }

        packet.Length = length;
        return true;
    }
}
