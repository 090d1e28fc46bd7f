namespace Weft.Ids;

/// <summary>How complete rules are found among found patterns. The results are the same.</summary>
public enum CompletionDesign : byte
{
    /// <summary>A found pattern sets one bit. A rule asks for its other patterns once its rarest one, its anchor, was found.</summary>
    Pull,

    /// <summary>A found pattern ticks itself off in the set of identifiers of every rule that uses it.</summary>
    Push,
}
