namespace Weft.Ids;

/// <summary>What becomes of a connection whose beginning was not seen.</summary>
public enum MidstreamPolicy : byte
{
    /// <summary>It is looked at as far as it can be.</summary>
    Inspect,

    /// <summary>It is let go on without being looked at.</summary>
    Pass,

    /// <summary>It is dropped, by an inline detector.</summary>
    Drop,
}
