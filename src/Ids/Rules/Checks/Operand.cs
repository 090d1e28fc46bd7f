namespace Weft.Ids;

/// <summary>A number in a rule: written there, or extracted from the packet into a variable before.</summary>
internal readonly record struct Operand(long Value, int Variable)
{
    public static Operand Constant(long value) => new(value, -1);

    public bool IsVariable => Variable >= 0;

    public long Read(ReadOnlySpan<long> variables) => Variable < 0 ? Value : variables[Variable];
}
