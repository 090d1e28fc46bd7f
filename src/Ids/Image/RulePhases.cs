namespace Weft.Ids;

/// <summary>When rules of a group are compared.</summary>
[Flags]
internal enum RulePhases : byte
{
    None = 0,

    /// <summary>With a segment whose bytes are looked at in their stream, too, or that has none.</summary>
    Segment = 1,

    /// <summary>With a packet that belongs to no stream.</summary>
    Packet = 2,

    /// <summary>With a stream.</summary>
    Stream = 4,
}
