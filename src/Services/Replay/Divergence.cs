namespace Weft.Services;

/// <summary>A packet about which two sets did not agree.</summary>
/// <param name="Number">Its number, from 0.</param>
/// <param name="Direction">Which way it went.</param>
/// <param name="Before">What became of it in the set as it is.</param>
/// <param name="After">What became of it in the set as it is to be.</param>
/// <param name="BytesBefore">The packet as it left the first; empty if it did not.</param>
/// <param name="BytesAfter">The packet as it left the second; empty if it did not.</param>
public sealed record Divergence(long Number, ServiceDirection Direction, ServiceResult Before, ServiceResult After, ReadOnlyMemory<byte> BytesBefore, ReadOnlyMemory<byte> BytesAfter);
