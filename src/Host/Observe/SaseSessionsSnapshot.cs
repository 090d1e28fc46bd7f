namespace Weft.Host.Observe;

/// <summary>The log of tenants' sessions on a node.</summary>
/// <param name="File">Where it is written.</param>
/// <param name="Started">Sessions that began.</param>
/// <param name="Ended">Sessions that are over.</param>
/// <param name="Blocked">Packets whose flow was not allowed to begin.</param>
/// <param name="Unsaid">Those of them that no line tells of, since their tenant had more than a hundred in a second, or too much waited to be written.</param>
/// <param name="Lost">Starts and ends that are not in the file, since too much waited to be written.</param>
/// <param name="Unwritten">Lines that could not be written.</param>
public sealed record SaseSessionsSnapshot(string File, long Started, long Ended, long Blocked, long Unsaid, long Lost, long Unwritten);
