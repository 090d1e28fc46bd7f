namespace Weft.Host.Observe;

/// <summary>Where alarms are kept.</summary>
/// <param name="Kind"><c>sqlite</c> or <c>postgresql</c>.</param>
/// <param name="Stored">Changes of alarms stored by this run.</param>
/// <param name="Waiting">Changes that wait to be stored.</param>
/// <param name="Lost">Changes that found no room to wait.</param>
/// <param name="IsFailing">Whether the database could not be reached when it was tried last.</param>
public sealed record AlarmStoreSnapshot(string Kind, long Stored, int Waiting, long Lost, bool IsFailing);
