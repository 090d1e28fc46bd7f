namespace Weft.Analytics;

/// <summary>What happened to an alarm.</summary>
public enum AlarmChange : byte
{
    /// <summary>Nothing that people must be told: it was raised again as it was, or cleared again.</summary>
    None,

    /// <summary>It was raised, for the first time or after it had been cleared.</summary>
    Raised,

    /// <summary>It is still there, with another severity.</summary>
    SeverityChanged,

    /// <summary>It is still there; people are reminded.</summary>
    Repeated,

    /// <summary>It is over.</summary>
    Cleared,

    /// <summary>The list is full; it was not taken up.</summary>
    Refused,
}
