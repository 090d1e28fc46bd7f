namespace Weft.Encap;

/// <summary>Names one complete frame in a <see cref="TunnelReassembler"/> until it is released; a stale handle names nothing.</summary>
/// <param name="Slot">Place.</param>
/// <param name="Generation">How often the place had been taken, to tell its tenants apart.</param>
public readonly record struct DatagramHandle(int Slot, uint Generation);
