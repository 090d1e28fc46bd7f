namespace Weft.Host.Observe;

/// <summary>How much an event of the stream matters to somebody who runs the switch.</summary>
public enum EventSeverity : byte
{
    /// <summary>Normal life.</summary>
    Info,

    /// <summary>Something that changes how traffic flows, as intended.</summary>
    Notice,

    /// <summary>Something that a person should look at.</summary>
    Warning,

    /// <summary>Something that a person should look at now.</summary>
    Alarm,
}
