namespace Weft.Analytics;

/// <summary>
/// Where alarms are kept beyond the life of the process: a database. The engine only says what it needs; who composes it chooses
/// the database and the thread.
/// </summary>
public interface IAlarmStore
{
    /// <summary>Appends a notification. When the call returns, the alarm survives a crash of the process.</summary>
    void Append(in AlarmNotification notification);

    /// <summary>The latest notifications, newest first, at most <paramref name="count"/>.</summary>
    IReadOnlyList<AlarmNotification> Latest(int count);
}
