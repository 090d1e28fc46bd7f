namespace Weft.Bench.Packets;

/// <summary>The checksum of an IPv4 header.</summary>
public sealed class HeaderChecksumRatio() : ChecksumRatio(20);
