using Weft.Ids;

namespace Weft.Conformance.IdsTests;

/// <summary>Makes bytes that an expression is likely to match.</summary>
internal static class ExpressionSampler
{
    private const int MostRepeats = 3;

    public static void Write(ExpressionNode node, Random random, List<byte> bytes)
    {
        switch (node)
        {
            case SetNode set:
                byte[] values = set.Set.Bits.ToArray();
                byte[] readable = [.. values.Where(value => value is >= 0x20 and < 0x7F)];
                values = readable.Length > 0 ? readable : values;
                bytes.Add(values[random.Next(values.Length)]);
                break;
            case SequenceNode sequence:
                foreach (ExpressionNode part in sequence.Parts)
                {
                    Write(part, random, bytes);
                }

                break;
            case ChoiceNode choice:
                Write(choice.Parts[random.Next(choice.Parts.Length)], random, bytes);
                break;
            case RepeatNode repeat:
                int times = repeat.Times + random.Next(Math.Min(repeat.TimesMost - repeat.Times, MostRepeats) + 1);
                for (int i = 0; i < times; i++)
                {
                    Write(repeat.Part, random, bytes);
                }

                break;
            case CaptureNode capture:
                Write(capture.Part, random, bytes);
                break;
            case AtomicNode atomic:
                Write(atomic.Part, random, bytes);
                break;
            case BackReferenceNode:
                bytes.Add((byte)'a');
                break;
        }
    }
}
