namespace Weft.Fuzz.Mutation;

/// <summary>Makes a new input of an old one, in place.</summary>
internal interface IMutator
{
    /// <summary>Changes an input.</summary>
    /// <param name="buffer">The input at its start, and room behind it.</param>
    /// <param name="length">Its length.</param>
    /// <param name="other">Another input that was worth keeping, to take parts of.</param>
    /// <param name="dice">Where chance comes from.</param>
    /// <returns>The new length, at most that of the buffer.</returns>
    int Mutate(Span<byte> buffer, int length, ReadOnlySpan<byte> other, Dice dice);
}
