namespace Weft.Analytics;

/// <summary>
/// Where alarms and models are kept beyond the life of the process: a database. The engines only say what they need; who composes
/// them chooses the database and the thread. <c>Weft.AlarmStore</c> has one.
/// </summary>
public interface IAlarmStore : IDisposable
{
    /// <summary>Keeps changes of alarms, all or none. When the call returns, they survive a crash of process and machine.</summary>
    void Append(IReadOnlyList<AlarmRecord> changes);

    /// <summary>The latest changes, newest first.</summary>
    /// <param name="count">Most changes returned, at least 1.</param>
    /// <param name="before">Only changes with a smaller <see cref="AlarmRecord.Sequence"/>: the next page.</param>
    IReadOnlyList<AlarmRecord> Latest(int count, long before = long.MaxValue);

    /// <summary>The last change of each alarm that is not cleared, newest first, at most <paramref name="count"/>.</summary>
    IReadOnlyList<AlarmRecord> Active(int count);

    /// <summary>Forgets changes before a time, except the last ones of alarms that are not cleared.</summary>
    /// <returns>Changes forgotten.</returns>
    long Prune(DateTimeOffset before);

    /// <summary>Keeps the state of a model instead of the one before, whole or not at all.</summary>
    void SaveModel(string name, StoredModel model);

    /// <summary>The state of a model; null if there is none.</summary>
    StoredModel? LoadModel(string name);
}
