using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Flows;

/// <summary>What the fragments of one IPv4 datagram share (RFC 791 section 3.2), and the address space they travel in: 16 bytes without padding.</summary>
public readonly struct FragmentKey4 : IEquatable<FragmentKey4>
{
    private readonly ulong _addresses;
    private readonly ulong _rest;

    /// <summary>Creates a key.</summary>
    /// <param name="source">Sender.</param>
    /// <param name="destination">Receiver.</param>
    /// <param name="protocol">Protocol of the payload.</param>
    /// <param name="identification">Identification of the datagram.</param>
    /// <param name="scope">Address space; only the low 24 bits are used.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FragmentKey4(IPv4Address source, IPv4Address destination, IpProtocol protocol, ushort identification, uint scope = 0)
    {
        _addresses = ((ulong)source.Value << 32) | destination.Value;
        _rest = ((ulong)identification << 32) | (scope << 8) | (byte)protocol;
    }

    /// <summary>Makes the key of a fragment.</summary>
    public static FragmentKey4 Of(IPv4View fragment, uint scope = 0) =>
        new(fragment.Source, fragment.Destination, fragment.Protocol, fragment.Identification, scope);

    /// <inheritdoc/>
    public bool Equals(FragmentKey4 other) => _addresses == other._addresses && _rest == other._rest;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FragmentKey4 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_addresses, _rest);

    /// <summary>True if both name the same datagram.</summary>
    public static bool operator ==(FragmentKey4 left, FragmentKey4 right) => left.Equals(right);

    /// <summary>True if they name different datagrams.</summary>
    public static bool operator !=(FragmentKey4 left, FragmentKey4 right) => !left.Equals(right);
}
