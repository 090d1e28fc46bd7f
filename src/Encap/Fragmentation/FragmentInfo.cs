namespace Weft.Encap;

/// <summary>
/// What every fragment of a tunnelled frame says of itself in the outer header: which frame it belongs to, how long that frame
/// is, and where in it the fragment lies.
/// </summary>
/// <remarks>
/// The total length is in every fragment, so whichever comes first bounds the buffer, and a fragment that lies about the
/// end is found at once. The last fragment is the one that ends there; there is no "more fragments" flag to disagree with it.
/// Only the reserved bits of VXLAN, which are too few, say the length in the last fragment alone.
/// </remarks>
/// <param name="DatagramId">Number of the frame, unique for its sender and network while fragments of it may be under way.</param>
/// <param name="TotalLength">Bytes of the whole inner frame, 1 to 65,535; <see cref="UnknownLength"/> in a VXLAN fragment behind which more follow.</param>
/// <param name="OffsetUnits">Where the fragment starts, in units of eight bytes, 0 to 8,191.</param>
public readonly record struct FragmentInfo(uint DatagramId, ushort TotalLength, ushort OffsetUnits)
{
    /// <summary>Bytes of the unit in which offsets count, as in IP (RFC 791 section 3.1).</summary>
    public const int UnitBytes = 8;

    /// <summary>The total length of a fragment that does not say it.</summary>
    public const ushort UnknownLength = 0;

    /// <summary>Where the fragment starts, in bytes.</summary>
    public int Offset => OffsetUnits * UnitBytes;
}
