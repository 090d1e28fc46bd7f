namespace Weft.Host.Analytics.Processes;

/// <summary>One event of a process as a whole; its threads' are left out.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="ProcessId">To whom.</param>
/// <param name="ParentId">Of a fork, who made it; else 0.</param>
internal readonly record struct ProcessEvent(ProcessEventKind Kind, int ProcessId, int ParentId);
