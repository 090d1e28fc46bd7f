namespace Weft.Analytics;

/// <summary>What an <see cref="AlarmList"/> did.</summary>
public struct AlarmCounters
{
    /// <summary>Alarms that came up.</summary>
    public long Raised;

    /// <summary>Raised again while they were there.</summary>
    public long Deduplicated;

    /// <summary>Changes of severity.</summary>
    public long SeverityChanged;

    /// <summary>Alarms that ended.</summary>
    public long Cleared;

    /// <summary>Not taken up because the list is full.</summary>
    public long ListFull;

    /// <summary>Not told because an operator shelved the alarm.</summary>
    public long Shelved;

    /// <summary>Not told at once because the alarm had changed a moment ago, or because people believe it already.</summary>
    public long Damped;

    /// <summary>Notifications that found the ring full. What they said is told later, if it is still so.</summary>
    public long NotificationsLost;

    /// <summary>Cleared alarms forgotten.</summary>
    public long Purged;
}
