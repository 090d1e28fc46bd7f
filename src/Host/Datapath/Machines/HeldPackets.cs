using System.Buffers.Binary;
using Weft.Services;

namespace Weft.Host.Datapath.Machines;

/// <summary>Packets of a machine that is moving, in order, copied because they may outlive the buffers of a configuration.</summary>
internal sealed class HeldPackets(int bytes)
{
    private const int HeadLength = 5;

    private readonly byte[] _bytes = new byte[bytes];
    private int _written;
    private int _read;

    /// <summary>Packets that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Keeps a packet; false if there is no room for it.</summary>
    public bool TryAdd(ReadOnlySpan<byte> frame, ServiceDirection direction, ushort port)
    {
        if (HeadLength + frame.Length > _bytes.Length - _written || frame.Length > ushort.MaxValue)
        {
            return false;
        }

        Span<byte> place = _bytes.AsSpan(_written);
        BinaryPrimitives.WriteUInt16LittleEndian(place, (ushort)frame.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(place[2..], port);
        place[4] = (byte)direction;
        frame.CopyTo(place[HeadLength..]);
        _written += HeadLength + frame.Length;
        Count++;
        return true;
    }

    /// <summary>Takes the packet that has waited longest; its bytes are good until the next one is added.</summary>
    public bool TryTake(out ReadOnlySpan<byte> frame, out ServiceDirection direction, out ushort port)
    {
        if (Count == 0)
        {
            frame = [];
            (direction, port) = (default, 0);
            return false;
        }

        ReadOnlySpan<byte> place = _bytes.AsSpan(_read);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(place);
        frame = place.Slice(HeadLength, length);
        (direction, port) = ((ServiceDirection)place[4], BinaryPrimitives.ReadUInt16LittleEndian(place[2..]));
        _read += HeadLength + length;
        if (--Count == 0)
        {
            (_read, _written) = (0, 0);
        }

        return true;
    }
}
