using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Weft.Packets;

/// <summary>The key of an IPv4 flow: endpoints, protocol and the tenant's scope in exactly 16 bytes without padding.</summary>
/// <remarks>
/// <code>
///  63            32 31             0
/// +----------------+----------------+
/// | source address | dest. address  |
/// +-------+--------+---------+------+
/// | sport | dport  |  scope  | prot |
/// +-------+--------+---------+------+
///  63   48 47    32 31      8 7    0
/// </code>
/// TCP, UDP and SCTP give their ports. An ICMP query gives its identifier as the querier's port and 0 as the responder's
/// (RFC 5508 section 3.1 treats it the same way), so that a reply's key is its request's reversed. Every other protocol has
/// ports 0. The scope tells overlapping address spaces apart: a VNI, a zone, a routing table.
/// </remarks>
public readonly struct FlowKey4 : IEquatable<FlowKey4>
{
    /// <summary>Bytes of a key.</summary>
    public const int Length = 16;

    /// <summary>Largest scope: 24 bits, as many as a VNI has.</summary>
    public const uint MaxScope = 0xFF_FFFF;

    private readonly ulong _addresses;
    private readonly ulong _rest;

    /// <summary>Creates a key.</summary>
    /// <param name="source">Address of the sender.</param>
    /// <param name="destination">Address of the receiver.</param>
    /// <param name="protocol">Transport protocol.</param>
    /// <param name="sourcePort">Port of the sender, 0 where the protocol has none.</param>
    /// <param name="destinationPort">Port of the receiver, 0 where the protocol has none.</param>
    /// <param name="scope">Address space; only the low 24 bits are used.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlowKey4(IPv4Address source, IPv4Address destination, IpProtocol protocol, ushort sourcePort, ushort destinationPort, uint scope = 0)
        : this(((ulong)source.Value << 32) | destination.Value, FlowPorts.Pack(protocol, sourcePort, destinationPort, scope))
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FlowKey4(ulong addresses, ulong rest)
    {
        _addresses = addresses;
        _rest = rest;
    }

    /// <summary>Address of the sender.</summary>
    public IPv4Address Source => new((uint)(_addresses >> 32));

    /// <summary>Address of the receiver.</summary>
    public IPv4Address Destination => new((uint)_addresses);

    /// <summary>Transport protocol.</summary>
    public IpProtocol Protocol => (IpProtocol)(byte)_rest;

    /// <summary>Port of the sender, or ICMP query identifier if the sender is the querier.</summary>
    public ushort SourcePort => (ushort)(_rest >> 48);

    /// <summary>Port of the receiver, or ICMP query identifier if the receiver is the querier.</summary>
    public ushort DestinationPort => (ushort)(_rest >> 32);

    /// <summary>Address space of the flow, 24 bits.</summary>
    public uint Scope => (uint)_rest >> 8;

    /// <summary>The key of the answers: source and destination exchanged.</summary>
    public FlowKey4 Reversed
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new((_addresses >> 32) | (_addresses << 32), FlowPorts.Swap(_rest));
    }

    /// <summary>True if the key equals its canonical form: the source endpoint (address, then port) is not the larger one.</summary>
    public bool IsCanonical
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            uint source = (uint)(_addresses >> 32);
            uint destination = (uint)_addresses;
            return source != destination ? source < destination : SourcePort <= DestinationPort;
        }
    }

    /// <summary>Makes the key of the flow that <paramref name="frame"/> belongs to.</summary>
    /// <param name="frame">The bytes that <paramref name="layout"/> was made from.</param>
    /// <param name="layout">What <see cref="PacketLayout.TryParse"/> found in them.</param>
    /// <param name="key">The packet's key, in the packet's own direction.</param>
    /// <param name="scope">Address space of the packet; only the low 24 bits are used.</param>
    /// <returns>
    /// False if the packet names no flow of its own: no IPv4, a fragment without ports (all but the first), a damaged
    /// transport header, or an ICMP error or other message that is no query (an error speaks of the flow it embeds).
    /// </returns>
    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, out FlowKey4 key, uint scope = 0)
    {
        if (!layout.IsIPv4 || !FlowPorts.TryRead(frame, in layout, scope, out ulong rest))
        {
            key = default;
            return false;
        }

        ulong addresses = BinaryPrimitives.ReadUInt64BigEndian(frame[(layout.L3Offset + IPv4Facts.SourceOffset)..]);
        key = new FlowKey4(addresses, rest);
        return true;
    }

    /// <summary>The one form that both directions of a flow share, for tables that keep one entry a connection.</summary>
    /// <param name="direction">Which way this key goes relative to the canonical form.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlowKey4 ToCanonical(out FlowDirection direction)
    {
        bool canonical = IsCanonical;
        direction = canonical ? FlowDirection.Forward : FlowDirection.Reverse;
        return canonical ? this : Reversed;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(FlowKey4 other) => ((_addresses ^ other._addresses) | (_rest ^ other._rest)) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FlowKey4 other && Equals(other);

    /// <summary>A hash for general collections; tables that packets fill use <see cref="KeyedHash"/>.</summary>
    public override int GetHashCode() => HashCode.Combine(_addresses, _rest);

    /// <summary>For example <c>Tcp 192.0.2.1:1234 &gt; 198.51.100.7:80</c>, with <c>@scope</c> behind if it is not 0.</summary>
    public override string ToString() =>
        $"{Protocol} {Source}:{SourcePort} > {Destination}:{DestinationPort}{(Scope == 0 ? "" : $" @{Scope}")}";

    /// <summary>True if both name the same direction of the same flow.</summary>
    public static bool operator ==(FlowKey4 left, FlowKey4 right) => left.Equals(right);

    /// <summary>True if they differ.</summary>
    public static bool operator !=(FlowKey4 left, FlowKey4 right) => !left.Equals(right);
}
