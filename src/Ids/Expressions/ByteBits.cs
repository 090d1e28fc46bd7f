using System.Numerics;

namespace Weft.Ids;

/// <summary>A set of byte values that is being made.</summary>
internal struct ByteBits : IEquatable<ByteBits>
{
    private ulong _first;
    private ulong _second;
    private ulong _third;
    private ulong _fourth;

    public static ByteBits All => ~default(ByteBits);

    public readonly int Count => BitOperations.PopCount(_first) + BitOperations.PopCount(_second) + BitOperations.PopCount(_third) + BitOperations.PopCount(_fourth);

    public static ByteBits operator ~(in ByteBits bits) => new() { _first = ~bits._first, _second = ~bits._second, _third = ~bits._third, _fourth = ~bits._fourth };

    public static ByteBits operator |(in ByteBits left, in ByteBits right) => new()
    {
        _first = left._first | right._first,
        _second = left._second | right._second,
        _third = left._third | right._third,
        _fourth = left._fourth | right._fourth,
    };

    public static ByteBits operator &(in ByteBits left, in ByteBits right) => new()
    {
        _first = left._first & right._first,
        _second = left._second & right._second,
        _third = left._third & right._third,
        _fourth = left._fourth & right._fourth,
    };

    public static ByteBits Of(byte value)
    {
        ByteBits bits = default;
        bits.Add(value);
        return bits;
    }

    public static ByteBits Range(byte first, byte last)
    {
        ByteBits bits = default;
        for (int value = first; value <= last; value++)
        {
            bits.Add((byte)value);
        }

        return bits;
    }

    public void Add(byte value)
    {
        ulong bit = 1UL << (value & 63);
        switch (value >> 6)
        {
            case 0:
                _first |= bit;
                break;
            case 1:
                _second |= bit;
                break;
            case 2:
                _third |= bit;
                break;
            default:
                _fourth |= bit;
                break;
        }
    }

    public readonly bool Contains(byte value) => ((value >> 6) switch { 0 => _first, 1 => _second, 2 => _third, _ => _fourth } >> (value & 63) & 1) != 0;

    /// <summary>Adds the other case of each ASCII letter.</summary>
    public void Fold()
    {
        // Letters lie in the second word: 'A' is 65, 'a' 97, 32 apart.
        const ulong Upper = 0x07FF_FFFE;
        _second |= (_second & Upper) << 32 | (_second >> 32 & Upper);
    }

    public readonly byte[] ToArray()
    {
        byte[] values = new byte[Count];
        int count = 0;
        for (int value = 0; value < 256; value++)
        {
            if (Contains((byte)value))
            {
                values[count++] = (byte)value;
            }
        }

        return values;
    }

    public readonly bool Equals(ByteBits other) => _first == other._first && _second == other._second && _third == other._third && _fourth == other._fourth;

    public override readonly bool Equals(object? obj) => obj is ByteBits other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(_first, _second, _third, _fourth);
}
