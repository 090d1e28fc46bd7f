namespace Weft.Encap;

/// <summary>What an ICMP message did to a path.</summary>
public enum PathMtuVerdict : byte
{
    /// <summary>It is no "packet too big" message for this endpoint.</summary>
    NotMine,

    /// <summary>The path is smaller now.</summary>
    Lowered,

    /// <summary>The message is right but says nothing new, or would make the path larger.</summary>
    Unchanged,

    /// <summary>The message is damaged, quotes no packet of a tunnel in use, or names a size below what IP guarantees.</summary>
    Refused,
}
