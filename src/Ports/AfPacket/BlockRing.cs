namespace Weft.Ports.AfPacket;

/// <summary>TPACKET_V3: frames of any length packed into blocks, each handed over when it is full or its time is up.</summary>
internal sealed unsafe class BlockRing : ReceiveRing
{
    // struct tpacket_block_desc
    private const int BlockStatusAt = 8;
    private const int BlockFramesAt = 12;
    private const int BlockFirstAt = 16;

    // struct tpacket3_hdr
    private const int CapturedAt = 12;
    private const int LengthAt = 16;
    private const int StatusAt = 20;
    private const int DataAt = 24;
    private const int VlanControlAt = 32;
    private const int VlanTpidAt = 36;

    /// <summary>Room for several superframes of 64 KiB.</summary>
    private const int BlockBytes = 1 << 18;

    /// <summary>The kernel asks for a frame size although blocks are packed; it only has to divide the block.</summary>
    private const int NominalFrameBytes = 1 << 11;

    private const int TimeoutMilliseconds = 1;
    private readonly int _blocks;
    private int _block;
    private int _left;
    private byte* _frame;

    private BlockRing(int socket, int blocks)
        : base(socket, PacketSocket.VersionBlocks, [BlockBytes, blocks, NominalFrameBytes, blocks * (BlockBytes / NominalFrameBytes), TimeoutMilliseconds, 0, 0], (nint)blocks * BlockBytes)
    {
        _blocks = blocks;
    }

    private BlockRing(int socket, int blocks, nint length)
        : base(socket, length) => _blocks = blocks;

    public override long[] Shape => [PacketSocket.VersionBlocks, _blocks];

    public override long[] Position => [_block, _frame == null ? 0 : _frame - Block, _left];

    private byte* Block => Memory + (nint)_block * BlockBytes;

    /// <summary>The ring that a socket has already.</summary>
    public static BlockRing Map(int socket, int blocks) => new(socket, blocks, (nint)blocks * BlockBytes);

    public static BlockRing Create(int socket, int ringBytes) => new(socket, Math.Max(2, ringBytes / BlockBytes));

    public override bool MoveTo(ReadOnlySpan<long> position)
    {
        if (position is not [>= 0 and long block, >= 0 and < BlockBytes and long frame, >= 0 and <= BlockBytes and long left] || block >= _blocks)
        {
            return false;
        }

        (_block, _left) = ((int)block, (int)left);
        _frame = frame == 0 ? null : Block + frame;
        return true;
    }

    public override bool TryPeek(out RingFrame frame)
    {
        frame = default;
        if (_frame == null && !TryOpenBlock())
        {
            return false;
        }

        byte* header = _frame;
        frame.Data = header + *(ushort*)(header + DataAt);
        frame.Captured = *(int*)(header + CapturedAt);
        frame.Length = *(int*)(header + LengthAt);
        frame.Status = *(uint*)(header + StatusAt);
        frame.VlanControl = *(ushort*)(header + VlanControlAt);
        frame.VlanTpid = *(ushort*)(header + VlanTpidAt);
        return true;
    }

    public override void Release()
    {
        if (--_left > 0)
        {
            _frame += *(uint*)_frame;
            return;
        }

        CloseBlock();
    }

    private bool TryOpenBlock()
    {
        while ((Volatile.Read(ref *(uint*)(Block + BlockStatusAt)) & PacketSocket.StatusUser) != 0)
        {
            _left = *(int*)(Block + BlockFramesAt);
            if (_left > 0)
            {
                _frame = Block + *(uint*)(Block + BlockFirstAt);
                return true;
            }

            CloseBlock();
        }

        return false;
    }

    private void CloseBlock()
    {
        Volatile.Write(ref *(uint*)(Block + BlockStatusAt), 0);
        _block = _block + 1 == _blocks ? 0 : _block + 1;
        _frame = null;
    }
}
