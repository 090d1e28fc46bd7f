using System.Buffers.Binary;

namespace Weft.Fuzz.Mutation;

/// <summary>Changes conversations: which steps there are, in which order, when and where they come in, and what they carry.</summary>
internal sealed class ScriptMutator(IMutator steps) : IMutator
{
    public int Mutate(Span<byte> buffer, int length, ReadOnlySpan<byte> other, Dice dice)
    {
        for (int changes = 1 + dice.Roll(3); changes > 0; changes--)
        {
            length = Change(buffer, length, other, dice);
        }

        return length;
    }

    private int Change(Span<byte> buffer, int length, ReadOnlySpan<byte> other, Dice dice)
    {
        List<int> bounds = Script.Bounds(buffer[..length]);
        if (bounds.Count < 2)
        {
            int count = Math.Min(other.Length, buffer.Length);
            other[..count].CopyTo(buffer);
            return count;
        }

        int chosen = dice.Roll(bounds.Count - 1);
        (int from, int to) = (bounds[chosen], bounds[chosen + 1]);
        switch (dice.Roll(9))
        {
            case 0 when bounds.Count > 2:
                return Replace(buffer, length, from, to, []);
            case 1:
                // Once more, now or later.
                return Insert(buffer, length, bounds[chosen + 1 + dice.Roll(bounds.Count - chosen - 1)], buffer[from..to].ToArray());
            case 2:
                {
                    List<int> theirs = Script.Bounds(other);
                    int pick = dice.Roll(theirs.Count - 1);
                    return theirs.Count < 2 ? length : Insert(buffer, length, from, other[theirs[pick]..theirs[pick + 1]].ToArray());
                }

            case 3:
                buffer[from] = (byte)(dice.OneIn(4) ? dice.Next() : (ulong)dice.Roll(4));
                return length;
            case 4:
                buffer[from + 1] = (byte)(dice.OneIn(3) ? 0UL : dice.Next());
                return length;
            default:
                {
                    byte[] changed = new byte[Math.Min(buffer.Length - length + (to - from), (to - from) + 2048)];
                    buffer[from..to].CopyTo(changed);
                    int bytes = steps.Mutate(changed.AsSpan(ScriptReader.HeaderBytes), to - from - ScriptReader.HeaderBytes, PickStep(other, dice), dice);
                    BinaryPrimitives.WriteUInt16BigEndian(changed.AsSpan(2), (ushort)bytes);
                    return Replace(buffer, length, from, to, changed.AsSpan(0, ScriptReader.HeaderBytes + bytes));
                }
        }
    }

    private static ReadOnlySpan<byte> PickStep(ReadOnlySpan<byte> script, Dice dice)
    {
        List<int> bounds = Script.Bounds(script);
        int pick = dice.Roll(bounds.Count - 1);
        return bounds.Count < 2 ? [] : script[(bounds[pick] + ScriptReader.HeaderBytes)..bounds[pick + 1]];
    }

    private static int Insert(Span<byte> buffer, int length, int at, ReadOnlySpan<byte> what) => Replace(buffer, length, at, at, what);

    private static int Replace(Span<byte> buffer, int length, int from, int to, ReadOnlySpan<byte> what)
    {
        if (length - (to - from) + what.Length > buffer.Length)
        {
            return length;
        }

        byte[] rest = buffer[to..length].ToArray();
        what.CopyTo(buffer[from..]);
        rest.CopyTo(buffer[(from + what.Length)..]);
        return from + what.Length + rest.Length;
    }
}
