using System.Numerics;

namespace Weft.Ports.AfPacket;

/// <summary>
/// TPACKET_V2: one slot a frame. Slots fit frames of the device's MTU; superframes, which do not fit, are fetched from the
/// socket's queue, so that ordinary traffic keeps a small ring that stays in the cache.
/// </summary>
internal sealed unsafe class FrameRing : ReceiveRing
{
    // struct tpacket2_hdr
    private const int LengthAt = 4;
    private const int CapturedAt = 8;
    private const int DataAt = 12;
    private const int VlanControlAt = 24;
    private const int VlanTpidAt = 26;

    /// <summary>Most that the kernel puts in front of a frame in its slot: header, socket address, offload description, alignment.</summary>
    private const int SlotOverhead = 128;

    private const int MinBlockBytes = 1 << 16;
    private readonly int _slotBytes;
    private readonly int _slots;
    private int _next;

    private FrameRing(int socket, int slotBytes, int slots, int blockBytes)
        : base(socket, PacketSocket.VersionFrames, [blockBytes, (int)((long)slots * slotBytes / blockBytes), slotBytes, slots], (nint)slots * slotBytes)
    {
        _slotBytes = slotBytes;
        _slots = slots;
    }

    private FrameRing(int socket, int slotBytes, int slots)
        : base(socket, (nint)slots * slotBytes) => (_slotBytes, _slots) = (slotBytes, slots);

    public override long[] Shape => [PacketSocket.VersionFrames, _slotBytes, _slots];

    public override long[] Position => [_next];

    /// <summary>The ring that a socket has already.</summary>
    public static FrameRing Map(int socket, int slotBytes, int slots) => new(socket, slotBytes, slots);

    public static FrameRing Create(int socket, int ringBytes, int maxFrameBytes)
    {
        int slot = (int)BitOperations.RoundUpToPowerOf2((uint)(maxFrameBytes + SlotOverhead));
        int block = Math.Max(MinBlockBytes, slot);
        int blocks = Math.Max(1, ringBytes / block);
        return new FrameRing(socket, slot, blocks * (block / slot), block);
    }

    public override bool MoveTo(ReadOnlySpan<long> position)
    {
        bool exists = position is [>= 0 and long next] && next < _slots;
        _next = exists ? (int)position[0] : _next;
        return exists;
    }

    public override bool TryPeek(out RingFrame frame)
    {
        byte* slot = Memory + (nint)_next * _slotBytes;
        uint status = Volatile.Read(ref *(uint*)slot);
        if ((status & PacketSocket.StatusUser) == 0)
        {
            frame = default;
            return false;
        }

        frame.Data = slot + *(ushort*)(slot + DataAt);
        frame.Captured = *(int*)(slot + CapturedAt);
        frame.Length = *(int*)(slot + LengthAt);
        frame.Status = status;
        frame.VlanControl = *(ushort*)(slot + VlanControlAt);
        frame.VlanTpid = *(ushort*)(slot + VlanTpidAt);
        return true;
    }

    public override void Release()
    {
        Volatile.Write(ref *(uint*)(Memory + (nint)_next * _slotBytes), 0);
        _next = _next + 1 == _slots ? 0 : _next + 1;
    }
}
