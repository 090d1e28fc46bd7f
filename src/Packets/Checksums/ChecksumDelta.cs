using System.Runtime.CompilerServices;

namespace Weft.Packets;

/// <summary>
/// What a change of fields does to the checksum that covers them (RFC 1624 equation 3): made from old and new values, added
/// up over several fields, applied to a checksum without touching the rest of the packet.
/// </summary>
/// <remarks>
/// Fields must start at an even offset of the covered message. A delta made once serves every packet whose change is the
/// same, and the same delta of addresses serves the IPv4 header and the transport pseudo header. Costs a few additions.
/// </remarks>
public readonly struct ChecksumDelta : IEquatable<ChecksumDelta>
{
    // The one's complement sum of ~m and m' over all changed words, folded to 16 bits.
    private readonly ushort _sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ChecksumDelta(ulong sum)
    {
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        _sum = (ushort)(sum + (sum >> 16));
    }

    /// <summary>No change.</summary>
    public static ChecksumDelta None => default;

    /// <summary>The change of one 16-bit word, such as a port.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChecksumDelta Of(ushort from, ushort to) => from == to ? default : new((ulong)(ushort)~from + to);

    /// <summary>The change of 32 bits, such as an IPv4 address or a TCP sequence number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChecksumDelta Of(uint from, uint to) =>
        from == to ? default : new((~from >> 16) + (ulong)(ushort)~from + (to >> 16) + (ushort)to);

    /// <summary>The change of an IPv4 address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChecksumDelta Of(IPv4Address from, IPv4Address to) => Of(from.Value, to.Value);

    /// <summary>The change of an IPv6 address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChecksumDelta Of(IPv6Address from, IPv6Address to) =>
        from == to ? default : new(Words(~from.High) + Words(~from.Low) + Words(to.High) + Words(to.Low));

    /// <summary>Both changes together.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChecksumDelta operator +(ChecksumDelta left, ChecksumDelta right) => new((ulong)left._sum + right._sum);

    /// <summary>As the operator, for languages without operators.</summary>
    public static ChecksumDelta Add(ChecksumDelta left, ChecksumDelta right) => left + right;

    /// <summary>The checksum of the changed message (RFC 1624 equation 3: HC' = ~(~HC + ~m + m')).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort Apply(ushort checksum)
    {
        uint sum = (uint)(ushort)~checksum + _sum;
        return (ushort)~(sum + (sum >> 16));
    }

    /// <summary>
    /// The UDP checksum of the changed message: 0 means that the sender made none and stays 0, and a result of 0 is written
    /// as 0xFFFF (RFC 768).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort ApplyUdp(ushort checksum)
    {
        if (checksum == 0)
        {
            return 0;
        }

        ushort updated = Apply(checksum);
        return updated == 0 ? ushort.MaxValue : updated;
    }

    /// <inheritdoc/>
    public bool Equals(ChecksumDelta other) => _sum == other._sum;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ChecksumDelta other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _sum;

    /// <summary>True if both change every checksum the same way and were folded to the same word.</summary>
    public static bool operator ==(ChecksumDelta left, ChecksumDelta right) => left._sum == right._sum;

    /// <summary>True if they differ.</summary>
    public static bool operator !=(ChecksumDelta left, ChecksumDelta right) => left._sum != right._sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Words(ulong value) => (value >> 48) + (ushort)(value >> 32) + (ushort)(value >> 16) + (ushort)value;
}
