namespace Weft.Bench.Multicast;

/// <summary>Two receivers.</summary>
public sealed class PacketSocket2Ratio() : PacketSocketRatio(2);

/// <summary>Eight receivers.</summary>
public sealed class PacketSocket8Ratio() : PacketSocketRatio(8);

/// <summary>Sixteen receivers.</summary>
public sealed class PacketSocket16Ratio() : PacketSocketRatio(16);

/// <summary>Sixty-four receivers.</summary>
public sealed class PacketSocket64Ratio() : PacketSocketRatio(64);
