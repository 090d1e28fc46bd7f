namespace Weft.Services;

/// <summary>What a move does with flows that have state of a service with <see cref="StateKind.Pinned"/>.</summary>
public enum PinnedFlows : byte
{
    /// <summary>The move is refused while there are any.</summary>
    Refuse,

    /// <summary>They stay behind and end with the source.</summary>
    LeaveBehind,
}
