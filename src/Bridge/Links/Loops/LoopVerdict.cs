namespace Weft.Bridge;

/// <summary>What a <see cref="LoopGuard"/> says of a frame.</summary>
public enum LoopVerdict : byte
{
    /// <summary>No probe, or one of another switch: it is forwarded like any group frame, so that the other switch finds loops through this one.</summary>
    NotMine,

    /// <summary>A probe of this switch has come back: there is a loop.</summary>
    Loop,

    /// <summary>A probe of this switch that left too long ago to say what is now.</summary>
    Late,

    /// <summary>It pretends to be a probe of this switch.</summary>
    Forged,
}
