namespace Weft.Nat;

/// <summary>What became of an import.</summary>
public enum NatImportResult : byte
{
    /// <summary>Every flow was taken over.</summary>
    Complete,

    /// <summary>Some flows were taken over; for others there was no room, or their endpoints are taken.</summary>
    Partial,

    /// <summary>The bytes are no export of this version, or damaged. Nothing was changed.</summary>
    Malformed,

    /// <summary>Nothing was taken over: the bytes are of another version of this software.</summary>
    UnsupportedVersion,
}
