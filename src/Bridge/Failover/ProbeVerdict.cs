namespace Weft.Bridge;

/// <summary>What became of a frame that may be a loop probe.</summary>
public enum ProbeVerdict : byte
{
    /// <summary>It is none of this pair's; treat it as any other frame.</summary>
    NotProbe,

    /// <summary>It is forged, damaged or old.</summary>
    Refused,

    /// <summary>The other node sent it, so it forwards.</summary>
    FromPeer,

    /// <summary>We sent it, so there is a loop.</summary>
    FromOurselves,
}
