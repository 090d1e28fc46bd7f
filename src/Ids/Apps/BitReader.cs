using System.Buffers.Binary;

namespace Weft.Ids;

/// <summary>Reads bits of bytes, the lowest first (RFC 1951 section 3.1.1).</summary>
internal ref struct BitReader(ReadOnlySpan<byte> data)
{
    // A fill leaves at least so many bits, as long as there are bytes.
    private const int Most = 56;

    private ReadOnlySpan<byte> _rest = data;
    private ulong _bits;
    private int _count;

    /// <summary>The bits that come next; behind the end of the data they are 0.</summary>
    public readonly ulong Next => _bits;

    /// <summary>Takes bytes until at least 48 bits are there, or all that is left.</summary>
    public void Fill()
    {
        if (_count >= Most - 8)
        {
            return;
        }

        if (_rest.Length >= sizeof(ulong))
        {
            int bytes = (Most + 7 - _count) >> 3;
            _bits |= BinaryPrimitives.ReadUInt64LittleEndian(_rest) << _count & ulong.MaxValue >> (64 - _count - 8 * bytes);
            _rest = _rest[bytes..];
            _count += 8 * bytes;
            return;
        }

        while (_count <= Most && !_rest.IsEmpty)
        {
            _bits |= (ulong)_rest[0] << _count;
            _rest = _rest[1..];
            _count += 8;
        }
    }

    /// <summary>Leaves bits out.</summary>
    /// <returns>False if there are not so many.</returns>
    public bool TrySkip(int count)
    {
        if (count > _count)
        {
            return false;
        }

        _bits >>= count;
        _count -= count;
        return true;
    }

    /// <summary>Reads a number of up to 16 bits.</summary>
    /// <returns>False if the data ends before it does.</returns>
    public bool TryRead(int count, out int value)
    {
        Fill();
        value = (int)(_bits & ((1UL << count) - 1));
        return TrySkip(count);
    }

    /// <summary>Leaves out what is left of a byte.</summary>
    public void AlignToByte()
    {
        _bits >>= _count & 7;
        _count -= _count & 7;
    }

    /// <summary>Takes whole bytes, from a place where one begins; fewer if there are not so many.</summary>
    public int Take(Span<byte> output)
    {
        int taken = 0;
        for (; taken < output.Length && _count > 0; taken++, _bits >>= 8, _count -= 8)
        {
            output[taken] = (byte)_bits;
        }

        int rest = Math.Min(output.Length - taken, _rest.Length);
        _rest[..rest].CopyTo(output[taken..]);
        _rest = _rest[rest..];
        return taken + rest;
    }
}
