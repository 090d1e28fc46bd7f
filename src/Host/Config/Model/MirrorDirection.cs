namespace Weft.Host.Config;

/// <summary>Which frames of a port or segment are mirrored.</summary>
[Flags]
public enum MirrorDirection
{
    /// <summary>What comes in by the port, or into the segment by any port or tunnel.</summary>
    In = 1,

    /// <summary>What leaves by the port, or by any port of the segment.</summary>
    Out = 2,

    /// <summary>Both.</summary>
    Both = In | Out,
}
