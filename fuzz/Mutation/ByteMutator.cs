using System.Buffers.Binary;

namespace Weft.Fuzz.Mutation;

/// <summary>Knows nothing of what the bytes mean, except the words that a target lists because they matter to it.</summary>
internal sealed class ByteMutator(IReadOnlyList<byte[]> words) : IMutator
{
    private static readonly byte[] InterestingBytes = [0, 1, 0x7F, 0x80, 0xFF, 16, 32, 64, 100];
    private static readonly ushort[] InterestingShorts = [0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x0100, 1500, 9000, 20, 40, 0x1FFF, 0x2000];
    private static readonly uint[] InterestingWords = [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF, 0x10000, 1 << 24];

    public int Mutate(Span<byte> buffer, int length, ReadOnlySpan<byte> other, Dice dice)
    {
        for (int changes = 1 << dice.Roll(4); changes > 0; changes--)
        {
            length = Change(buffer, length, other, dice);
        }

        return length;
    }

    /// <summary>One small change.</summary>
    public int Change(Span<byte> buffer, int length, ReadOnlySpan<byte> other, Dice dice)
    {
        if (length == 0)
        {
            return Insert(buffer, 0, 0, [(byte)dice.Next()]);
        }

        int at = dice.Roll(length);
        switch (dice.Roll(words.Count == 0 ? 11 : 14))
        {
            case 0:
                buffer[at] ^= (byte)(1 << dice.Roll(8));
                return length;
            case 1:
                buffer[at] = (byte)dice.Next();
                return length;
            case 2:
                buffer[at] = dice.Pick(InterestingBytes);
                return length;
            case 3:
                buffer[at] += (byte)(dice.Roll(17) - 8);
                return length;
            case 4:
                Write(buffer[..length], at, dice.Pick(InterestingShorts), dice);
                return length;
            case 5:
                Write(buffer[..length], at, dice.Pick(InterestingWords), dice);
                return length;
            case 6:
                return Remove(buffer, length, at, 1 + dice.Roll(Math.Min(length - at, 1 << dice.Roll(9))));
            case 7:
                {
                    // Once more what stands here, or what stands elsewhere.
                    int from = dice.Roll(length);
                    return Insert(buffer, length, at, buffer.Slice(from, dice.Roll(Math.Min(length - from, 1 << dice.Roll(9)) + 1)).ToArray());
                }

            case 8:
                {
                    int from = dice.Roll(length);
                    int count = dice.Roll(Math.Min(length - Math.Max(from, at), 64) + 1);
                    buffer.Slice(from, count).ToArray().CopyTo(buffer[at..]);
                    return length;
                }

            case 9:
                return dice.OneIn(4) ? at : length;
            case 10 when other.Length > 0:
                {
                    // The beginning of one and the end of another.
                    int from = dice.Roll(other.Length);
                    int count = Math.Min(other.Length - from, buffer.Length - at);
                    other.Slice(from, count).CopyTo(buffer[at..]);
                    return at + count;
                }

            case 10:
                return length;
            case 11:
                {
                    byte[] word = dice.Pick(words);
                    int count = Math.Min(word.Length, length - at);
                    word.AsSpan(0, count).CopyTo(buffer[at..]);
                    return length;
                }

            default:
                return Insert(buffer, length, at, dice.Pick(words));
        }
    }

    private static void Write(Span<byte> input, int at, uint value, Dice dice)
    {
        if (input.Length - at >= 4)
        {
            if (dice.OneIn(3))
            {
                BinaryPrimitives.WriteUInt32LittleEndian(input[at..], value);
            }
            else
            {
                BinaryPrimitives.WriteUInt32BigEndian(input[at..], value);
            }
        }
    }

    private static void Write(Span<byte> input, int at, ushort value, Dice dice)
    {
        if (input.Length - at >= 2)
        {
            if (dice.OneIn(3))
            {
                BinaryPrimitives.WriteUInt16LittleEndian(input[at..], value);
            }
            else
            {
                BinaryPrimitives.WriteUInt16BigEndian(input[at..], value);
            }
        }
    }

    private static int Remove(Span<byte> buffer, int length, int at, int count)
    {
        buffer[(at + count)..length].CopyTo(buffer[at..]);
        return length - count;
    }

    private static int Insert(Span<byte> buffer, int length, int at, ReadOnlySpan<byte> what)
    {
        if (length + what.Length > buffer.Length)
        {
            return length;
        }

        buffer[at..length].CopyTo(buffer[(at + what.Length)..]);
        what.CopyTo(buffer[at..]);
        return length + what.Length;
    }
}
