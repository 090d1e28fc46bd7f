namespace Weft.Ids;

/// <summary>Gives numbers to the names of flow bits, numbers and address bits of all rules.</summary>
internal sealed class RuleNames
{
    private readonly Dictionary<string, int> _bits = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, uint> _addressBits = new(StringComparer.Ordinal);

    public bool HasRoomFor(Rule rule)
    {
        int bits = rule.FlowBits.SelectMany(bit => bit.Names).Distinct().Count(name => !_bits.ContainsKey(name));
        int numbers = rule.FlowNumbers.Select(number => number.Name).Distinct().Count(name => !_numbers.ContainsKey(name));
        return _bits.Count + bits <= RuleImage.MaxFlowBits && _numbers.Count + numbers <= RuleImage.MaxFlowNumbers;
    }

    public int BitOf(string name) => Of(name, _bits);

    public int NumberOf(string name) => Of(name, _numbers);

    public uint AddressBitOf(string name)
    {
        if (!_addressBits.TryGetValue(name, out uint number))
        {
            _addressBits[name] = number = (uint)_addressBits.Count;
        }

        return number;
    }

    private static int Of(string name, Dictionary<string, int> known)
    {
        if (!known.TryGetValue(name, out int number))
        {
            known[name] = number = known.Count;
        }

        return number;
    }
}
