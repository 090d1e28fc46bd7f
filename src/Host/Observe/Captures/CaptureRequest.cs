namespace Weft.Host.Observe.Captures;

/// <summary>What to capture in a running switch, and for how long.</summary>
/// <remarks>
/// With neither stage nor drop reason, frames are taken where ports receive and send them. With either, they are taken there, and
/// <see cref="Port"/> chooses by the port through which they came.
/// </remarks>
public sealed record CaptureRequest
{
    /// <summary>Stands for every drop reason in <see cref="DropReason"/>.</summary>
    public const string AnyReason = "any";

    /// <summary>Longest frame that there is.</summary>
    public const int MaxSnapLength = 65535;

    /// <summary>Name of a port; null for all.</summary>
    public string? Port { get; init; }

    /// <summary>Which frames of ports.</summary>
    public CaptureDirection Direction { get; init; }

    /// <summary>Name of the stage in front of which frames are taken, instead of ports.</summary>
    public string? Stage { get; init; }

    /// <summary>Stable name of the reason for which frames are dropped that are taken, instead of those at ports; <see cref="AnyReason"/> for all.</summary>
    public string? DropReason { get; init; }

    /// <summary>Which frames, in the language of <see cref="CaptureFilter"/>; null for all.</summary>
    public string? Filter { get; init; }

    /// <summary>Frames after which the capture ends, at least 1; null for no end.</summary>
    public long? Count { get; init; }

    /// <summary>Seconds after which the capture ends, above 0; null for no end.</summary>
    public double? Seconds { get; init; }

    /// <summary>Bytes of each frame that are kept, 14 to 65,535.</summary>
    public int SnapLength { get; init; } = MaxSnapLength;
}
