namespace Weft.Nat;

/// <summary>What came out of a tunnel.</summary>
/// <param name="Verdict">Whether anything did.</param>
/// <param name="Offset">Where the datagram starts in the outer packet.</param>
/// <param name="Length">Its octets.</param>
/// <param name="FromHost">True if a host sent it on: it is not redirected again.</param>
public readonly record struct NatDecapsulation(NatDecapVerdict Verdict, int Offset = 0, int Length = 0, bool FromHost = false);
