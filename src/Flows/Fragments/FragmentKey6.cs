using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Flows;

/// <summary>
/// What the fragments of one IPv6 datagram share (RFC 8200 section 4.5), and the address space they travel in: 40 bytes without
/// padding. The next header is no part of it: only that of the first fragment counts.
/// </summary>
public readonly struct FragmentKey6 : IEquatable<FragmentKey6>
{
    private readonly IPv6Address _source;
    private readonly IPv6Address _destination;
    private readonly ulong _rest;

    /// <summary>Creates a key.</summary>
    /// <param name="source">Sender.</param>
    /// <param name="destination">Receiver.</param>
    /// <param name="identification">Identification in the fragment header.</param>
    /// <param name="scope">Address space; only the low 24 bits are used.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FragmentKey6(IPv6Address source, IPv6Address destination, uint identification, uint scope = 0)
    {
        _source = source;
        _destination = destination;
        _rest = ((ulong)identification << 32) | (scope & FlowKey4.MaxScope);
    }

    /// <inheritdoc/>
    public bool Equals(FragmentKey6 other) => _source == other._source && _destination == other._destination && _rest == other._rest;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FragmentKey6 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_source, _destination, _rest);

    /// <summary>True if both name the same datagram.</summary>
    public static bool operator ==(FragmentKey6 left, FragmentKey6 right) => left.Equals(right);

    /// <summary>True if they name different datagrams.</summary>
    public static bool operator !=(FragmentKey6 left, FragmentKey6 right) => !left.Equals(right);
}
