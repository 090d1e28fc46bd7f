namespace Weft.Ids;

/// <summary>What is to be looked at when a message of an application has come to a stage.</summary>
internal sealed class MessagePlan(int[] buffers, int[] unanchored)
{
    public static readonly MessagePlan Empty = new([], []);

    /// <summary>Buffers that strings of rules are looked for in.</summary>
    public ReadOnlySpan<int> Buffers => buffers;

    /// <summary>Rules without strings to be found by.</summary>
    public ReadOnlySpan<int> Unanchored => unanchored;

    public bool IsEmpty => buffers.Length == 0 && unanchored.Length == 0;
}
