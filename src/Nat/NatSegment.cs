namespace Weft.Nat;

/// <summary>Where a packet of a batch is.</summary>
/// <param name="Offset">Offset of its IPv4 header in the buffer that all packets of the batch share.</param>
/// <param name="Length">Octets from there; padding behind the datagram may be among them.</param>
/// <param name="Scope">The machine's network; not read for packets from outside.</param>
public readonly record struct NatSegment(int Offset, int Length, uint Scope = 0);
