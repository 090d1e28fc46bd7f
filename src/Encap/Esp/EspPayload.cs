namespace Weft.Encap;

/// <summary>Where an opened packet's payload lies.</summary>
/// <param name="Offset">First byte, counted from the SPI.</param>
/// <param name="Length">Bytes, without padding.</param>
/// <param name="NextHeader">Protocol number of the payload.</param>
/// <param name="Sequence">The whole sequence number.</param>
public readonly record struct EspPayload(int Offset, int Length, byte NextHeader, ulong Sequence);
