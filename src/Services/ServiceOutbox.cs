using System.Buffers.Binary;

namespace Weft.Services;

/// <summary>Packets that services made during a burst, in order. The caller takes them after the burst; what it leaves is forgotten.</summary>
public sealed class ServiceOutbox
{
    private const int HeadLength = 4;

    private readonly byte[] _bytes;
    private int _written;
    private int _read;

    internal ServiceOutbox(int bytes) => _bytes = GC.AllocateUninitializedArray<byte>(bytes);

    /// <summary>Packets that found no room.</summary>
    public long Overflows { get; private set; }

    /// <summary>Takes the next packet.</summary>
    /// <param name="frame">Its bytes, valid until the next burst.</param>
    /// <param name="where">Where it goes.</param>
    /// <returns>False if there is none.</returns>
    public bool TryTake(out ReadOnlySpan<byte> frame, out ServiceOutput where)
    {
        if (_read == _written)
        {
            frame = [];
            where = default;
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(_read));
        where = (ServiceOutput)_bytes[_read + 2];
        frame = _bytes.AsSpan(_read + HeadLength, length);
        _read += HeadLength + length;
        return true;
    }

    internal bool TryAdd(ReadOnlySpan<byte> frame, ServiceOutput where)
    {
        if (frame.Length > ushort.MaxValue || frame.Length + HeadLength > _bytes.Length - _written)
        {
            Overflows++;
            return false;
        }

        Span<byte> place = _bytes.AsSpan(_written);
        BinaryPrimitives.WriteUInt16LittleEndian(place, (ushort)frame.Length);
        place[2] = (byte)where;
        frame.CopyTo(place[HeadLength..]);
        _written += HeadLength + frame.Length;
        return true;
    }

    internal void Clear() => (_written, _read) = (0, 0);
}
