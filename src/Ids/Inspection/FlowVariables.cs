namespace Weft.Ids;

/// <summary>Tests and changes flow bits and flow numbers.</summary>
internal static class FlowVariables
{
    public static bool Matches(CompiledRule rule, in FlowState flow)
    {
        foreach ((FlowBitAction action, int[] bits, bool all) in rule.FlowBits)
        {
            if (action <= FlowBitAction.IsNotSet && !BitsMatch(in flow.Bits, action, bits, all))
            {
                return false;
            }
        }

        foreach ((FlowNumberAction action, int number, NumberRange range, _) in rule.FlowNumbers)
        {
            bool isSet = (flow.NumbersSet >> number & 1) != 0;
            bool matches = action switch
            {
                FlowNumberAction.IsSet => isSet,
                FlowNumberAction.IsNotSet => !isSet,
                FlowNumberAction.Compare => isSet && range.Contains(flow.Numbers[number]),
                _ => true,
            };
            if (!matches)
            {
                return false;
            }
        }

        return true;
    }

    public static void Change(CompiledRule rule, ref FlowState flow)
    {
        foreach ((FlowBitAction action, int[] bits, _) in rule.FlowBits)
        {
            foreach (int bit in bits)
            {
                if (action > FlowBitAction.IsNotSet)
                {
                    flow.Bits.Change(bit, action == FlowBitAction.Toggle ? !flow.Bits.Contains(bit) : action == FlowBitAction.Set);
                }
            }
        }

        foreach ((FlowNumberAction action, int number, _, uint operand) in rule.FlowNumbers)
        {
            if (action < FlowNumberAction.Set)
            {
                continue;
            }

            uint value = flow.Numbers[number];
            flow.Numbers[number] = action switch
            {
                FlowNumberAction.Add => unchecked(value + operand),
                FlowNumberAction.Subtract => value - Math.Min(value, operand),
                _ => operand,
            };
            flow.NumbersSet |= (byte)(1 << number);
        }
    }

    private static bool BitsMatch(in FlowBitSet set, FlowBitAction action, int[] bits, bool all)
    {
        bool matches = all;
        foreach (int bit in bits)
        {
            bool one = set.Contains(bit) == (action == FlowBitAction.IsSet);
            matches = all ? matches && one : matches || one;
        }

        return matches;
    }
}
