using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// Chooses the outer source port from the inner flow, so that routers which hash ports spread tunnelled flows over equal
/// paths and keep each flow on one (RFC 7348 section 5, RFC 8926 section 3.3).
/// </summary>
/// <remarks>
/// A flow is source, destination, protocol and, for TCP, UDP and SCTP, ports. All fragments of IP packets, the first
/// included, count by addresses and protocol alone, so that no fragment overtakes another on a different path. Frames that
/// are not IP count by their MAC addresses and EtherType. The hash is keyed: who sends inner packets cannot aim them at one
/// path or one receive queue.
/// </remarks>
public sealed class FlowEntropy
{
    private readonly KeyedHash _hash;
    private readonly uint _range;

    /// <summary>Creates a chooser of ports from <paramref name="min"/> to <paramref name="max"/>.</summary>
    /// <param name="seed">Secret of the hash.</param>
    /// <param name="min">First port, at least 1.</param>
    /// <param name="max">Last port.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty or has port 0.</exception>
    public FlowEntropy(HashSeed seed, ushort min = 49152, ushort max = 65535)
    {
        ArgumentOutOfRangeException.ThrowIfZero(min);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, min);
        _hash = new KeyedHash(seed);
        Min = min;
        _range = (uint)(max - min + 1);
    }

    /// <summary>First port.</summary>
    public ushort Min { get; }

    /// <summary>Last port.</summary>
    public ushort Max => (ushort)(Min + _range - 1);

    /// <summary>The source port of <paramref name="inner"/>'s flow.</summary>
    /// <param name="inner">The inner frame.</param>
    /// <param name="layout">Its layout; offsets count from the start of <paramref name="inner"/>.</param>
    public ushort SourcePort(ReadOnlySpan<byte> inner, in PacketLayout layout)
    {
        ulong ports = HasPorts(layout) ? (ulong)BinaryPrimitives.ReadUInt32BigEndian(inner[layout.L4Offset..]) << 32 : 0;
        ulong hash;
        if (layout.IsIPv4)
        {
            ulong addresses = BinaryPrimitives.ReadUInt64BigEndian(inner[(layout.L3Offset + OuterFormat.IPv4SourceOffset)..]);
            hash = _hash.Hash(new Key4(addresses, ports | (byte)layout.Protocol));
        }
        else if (layout.IsIPv6)
        {
            ReadOnlySpan<byte> addresses = inner.Slice(layout.L3Offset + OuterFormat.IPv6SourceOffset, 2 * IPv6Address.Length);
            hash = _hash.Hash(new Key6(IPv6Address.Read(addresses), IPv6Address.Read(addresses[IPv6Address.Length..]), ports | (byte)layout.Protocol));
        }
        else
        {
            ReadOnlySpan<byte> ethernet = inner[layout.L2Offset..];
            hash = _hash.Hash(new Key4(
                MacAddress.Read(ethernet).Value | ((ulong)layout.EtherType << 48),
                MacAddress.Read(ethernet[MacAddress.Length..]).Value));
        }

        // Scaling the high half instead of a remainder: every port of any range is equally likely to within 2^-16.
        return (ushort)(Min + (uint)((hash >> 32) * _range >> 32));
    }

    /// <summary>True if the transport header is one whose first four bytes are ports, and the packet is no fragment.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool HasPorts(in PacketLayout layout) =>
        layout.HasL4 && !layout.IsFragment && layout.Protocol is (IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp);

    private readonly record struct Key4(ulong First, ulong Second);

    private readonly record struct Key6(IPv6Address Source, IPv6Address Destination, ulong Rest);
}
