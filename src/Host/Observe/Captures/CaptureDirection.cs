namespace Weft.Host.Observe.Captures;

/// <summary>Which frames of ports a capture takes.</summary>
public enum CaptureDirection
{
    /// <summary>Those that ports receive and those that they send.</summary>
    Both,

    /// <summary>Those that ports receive.</summary>
    In,

    /// <summary>Those that ports send.</summary>
    Out,
}
