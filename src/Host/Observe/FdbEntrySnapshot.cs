using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>One entry of the filtering database (IEEE 802.1Q 8.8).</summary>
/// <param name="Segment">Name of the segment.</param>
/// <param name="Mac">The address.</param>
/// <param name="Port">Local port behind which it is, or null.</param>
/// <param name="Peer">Remote tunnel endpoint behind which it is, or null.</param>
/// <param name="IsStatic">True for configured entries, which neither age nor move.</param>
/// <param name="AgeSeconds">Seconds since the address was last seen as a source; 0 for static entries.</param>
/// <param name="IsHeld">True while it stays where it is because it moved too often.</param>
/// <param name="IsSticky">True if it was learned at a sticky port.</param>
public sealed record FdbEntrySnapshot(string Segment, MacAddress Mac, string? Port, TunnelAddress? Peer, bool IsStatic, double AgeSeconds, bool IsHeld = false, bool IsSticky = false);
