namespace Weft.Packets;

/// <summary>Why a BFD session last left the state Up (RFC 5880 section 4.1).</summary>
public enum BfdDiagnostic : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Nothing was heard for the detection time.</summary>
    ControlDetectionTimeExpired = 1,

    /// <summary>The echo function failed.</summary>
    EchoFunctionFailed = 2,

    /// <summary>The neighbour said that it is down.</summary>
    NeighborSignaledDown = 3,

    /// <summary>The forwarding plane was reset.</summary>
    ForwardingPlaneReset = 4,

    /// <summary>The path is down.</summary>
    PathDown = 5,

    /// <summary>A concatenated path is down.</summary>
    ConcatenatedPathDown = 6,

    /// <summary>Held down by an administrator.</summary>
    AdministrativelyDown = 7,

    /// <summary>A concatenated path is down in the reverse direction.</summary>
    ReverseConcatenatedPathDown = 8,
}
