namespace Weft.Bench.Packets;

/// <summary>The checksum of a full frame.</summary>
public sealed class FrameChecksumRatio() : ChecksumRatio(1500);
