namespace Weft.Ids;

/// <summary>A buffer of a message and the rules that are found in it.</summary>
internal readonly record struct MessageScan(int Buffer, RuleGroup Group);

/// <summary>What is to be looked at when a message of an application has come to a stage.</summary>
internal sealed class MessagePlan(MessageScan[] scans, int[] unanchored)
{
    /// <summary>Buffers that strings of rules are looked for in.</summary>
    public ReadOnlySpan<MessageScan> Scans => scans;

    /// <summary>Rules without strings to be found by.</summary>
    public ReadOnlySpan<int> Unanchored => unanchored;

    public bool IsEmpty => scans.Length == 0 && unanchored.Length == 0;
}
