namespace Weft.Lb;

/// <summary>What became of an import.</summary>
public enum ReturnPathImportResult : byte
{
    /// <summary>Every load balancer and flow was taken over.</summary>
    Complete,

    /// <summary>Some flows were not: there was no room, or their load balancer had as many as it may have.</summary>
    Partial,

    /// <summary>Nothing was: the bytes are no snapshot, or damaged.</summary>
    Malformed,

    /// <summary>Nothing was: the bytes are of another version of this software.</summary>
    UnsupportedVersion,

    /// <summary>Nothing was: the table has load balancers already, or places for too few.</summary>
    NotEmpty,
}
