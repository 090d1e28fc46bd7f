namespace Weft.Bridge;

/// <summary>What a <see cref="LinkAggregator"/> made of a frame.</summary>
public enum LacpVerdict : byte
{
    /// <summary>It is of another slow protocol, or the port is in no group that speaks LACP.</summary>
    NotMine,

    /// <summary>It is damaged.</summary>
    Malformed,

    /// <summary>A message of LACP was taken.</summary>
    Taken,

    /// <summary>A marker was answered, or left without an answer because there were too many.</summary>
    Marker,
}
