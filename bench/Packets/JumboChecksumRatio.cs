namespace Weft.Bench.Packets;

/// <summary>The checksum of a jumbo frame.</summary>
public sealed class JumboChecksumRatio() : ChecksumRatio(9000);
