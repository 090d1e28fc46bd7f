namespace Weft.Analytics;

/// <summary>How bad an alarm is, in the order and with the names of RFC 8632 section 4.4 (ITU-T X.733).</summary>
public enum AlarmSeverity : byte
{
    /// <summary>The alarm is over.</summary>
    Cleared,

    /// <summary>Nobody can say.</summary>
    Indeterminate,

    /// <summary>No effect yet.</summary>
    Warning,

    /// <summary>To be corrected before it becomes worse.</summary>
    Minor,

    /// <summary>To be corrected urgently.</summary>
    Major,

    /// <summary>To be corrected at once.</summary>
    Critical,
}
