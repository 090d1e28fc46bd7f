namespace Weft.Host.Observe.Captures;

/// <summary>What a capture came to.</summary>
/// <param name="Packets">Frames that were written.</param>
/// <param name="Lost">Frames that were wanted and found no room between the workers and the capture.</param>
public sealed record CaptureSummary(long Packets, long Lost);
