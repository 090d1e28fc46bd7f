namespace Weft.Host.Analytics.Processes;

/// <summary>What /proc says of a process.</summary>
/// <param name="ProcessId">Its number, which is given out again after its end.</param>
/// <param name="StartTicks">When it began, in clock ticks since boot: with the number, its name for good.</param>
/// <param name="ParentId">Number of its parent.</param>
/// <param name="Executable">The program's path; the name in brackets for a thread of the kernel.</param>
/// <param name="Arguments">Its command line.</param>
/// <param name="UserId">Effective user.</param>
/// <param name="ControlGroup">Its control group: the service or container that it belongs to.</param>
/// <param name="NetworkNamespace">Its network namespace, as the link's text.</param>
internal sealed record ProcessDescription(
    int ProcessId,
    ulong StartTicks,
    int ParentId,
    string Executable,
    IReadOnlyList<string> Arguments,
    int UserId,
    string ControlGroup,
    string NetworkNamespace);
