namespace Weft.Host.Observe;

/// <summary>A mirror.</summary>
/// <param name="Name">Its name.</param>
/// <param name="From">Ports and segments whose frames are copied.</param>
/// <param name="To">The port or collector that gets them.</param>
/// <param name="Copied">Frames copied.</param>
/// <param name="Missed">Frames that were not copied for want of buffers.</param>
/// <param name="Limited">Copies above the rate.</param>
public sealed record MirrorSnapshot(string Name, IReadOnlyList<string> From, string To, long Copied, long Missed, long Limited);
