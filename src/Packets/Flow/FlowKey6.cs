using System.Runtime.CompilerServices;

namespace Weft.Packets;

/// <summary>The key of an IPv6 flow: endpoints, protocol and the tenant's scope in exactly 40 bytes without padding.</summary>
/// <remarks>
/// Two addresses of 16 bytes each, then one word of ports, scope and protocol as in <see cref="FlowKey4"/>, with the same
/// meaning of ports. Extension headers and the flow label are no part of the key.
/// </remarks>
public readonly struct FlowKey6 : IEquatable<FlowKey6>
{
    /// <summary>Bytes of a key.</summary>
    public const int Length = 40;

    private readonly IPv6Address _source;
    private readonly IPv6Address _destination;
    private readonly ulong _rest;

    /// <summary>Creates a key.</summary>
    /// <param name="source">Address of the sender.</param>
    /// <param name="destination">Address of the receiver.</param>
    /// <param name="protocol">Transport protocol.</param>
    /// <param name="sourcePort">Port of the sender, 0 where the protocol has none.</param>
    /// <param name="destinationPort">Port of the receiver, 0 where the protocol has none.</param>
    /// <param name="scope">Address space; only the low 24 bits are used.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlowKey6(IPv6Address source, IPv6Address destination, IpProtocol protocol, ushort sourcePort, ushort destinationPort, uint scope = 0)
        : this(source, destination, FlowPorts.Pack(protocol, sourcePort, destinationPort, scope))
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FlowKey6(IPv6Address source, IPv6Address destination, ulong rest)
    {
        _source = source;
        _destination = destination;
        _rest = rest;
    }

    /// <summary>Address of the sender.</summary>
    public IPv6Address Source => _source;

    /// <summary>Address of the receiver.</summary>
    public IPv6Address Destination => _destination;

    /// <summary>Transport protocol.</summary>
    public IpProtocol Protocol => (IpProtocol)(byte)_rest;

    /// <summary>Port of the sender, or ICMP query identifier if the sender is the querier.</summary>
    public ushort SourcePort => (ushort)(_rest >> 48);

    /// <summary>Port of the receiver, or ICMP query identifier if the receiver is the querier.</summary>
    public ushort DestinationPort => (ushort)(_rest >> 32);

    /// <summary>Address space of the flow, 24 bits.</summary>
    public uint Scope => (uint)_rest >> 8;

    /// <summary>The key of the answers: source and destination exchanged.</summary>
    public FlowKey6 Reversed
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(_destination, _source, FlowPorts.Swap(_rest));
    }

    /// <summary>True if the key equals its canonical form: the source endpoint (address, then port) is not the larger one.</summary>
    public bool IsCanonical
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (_source.High != _destination.High)
            {
                return _source.High < _destination.High;
            }

            return _source.Low != _destination.Low ? _source.Low < _destination.Low : SourcePort <= DestinationPort;
        }
    }

    /// <summary>Makes the key of the flow that <paramref name="frame"/> belongs to.</summary>
    /// <param name="frame">The bytes that <paramref name="layout"/> was made from.</param>
    /// <param name="layout">What <see cref="PacketLayout.TryParse"/> found in them.</param>
    /// <param name="key">The packet's key, in the packet's own direction.</param>
    /// <param name="scope">Address space of the packet; only the low 24 bits are used.</param>
    /// <returns>
    /// False if the packet names no flow of its own: no IPv6, a fragment without ports (all but the first), a damaged
    /// transport header, or an ICMPv6 error or other message that is no echo (an error speaks of the flow it embeds).
    /// </returns>
    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, out FlowKey6 key, uint scope = 0)
    {
        if (!layout.IsIPv6 || !FlowPorts.TryRead(frame, in layout, scope, out ulong rest))
        {
            key = default;
            return false;
        }

        ReadOnlySpan<byte> header = frame[layout.L3Offset..];
        key = new FlowKey6(IPv6Address.Read(header[IPv6Facts.SourceOffset..]), IPv6Address.Read(header[IPv6Facts.DestinationOffset..]), rest);
        return true;
    }

    /// <summary>The one form that both directions of a flow share, for tables that keep one entry a connection.</summary>
    /// <param name="direction">Which way this key goes relative to the canonical form.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlowKey6 ToCanonical(out FlowDirection direction)
    {
        bool canonical = IsCanonical;
        direction = canonical ? FlowDirection.Forward : FlowDirection.Reverse;
        return canonical ? this : Reversed;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(FlowKey6 other) =>
        ((_source.High ^ other._source.High) | (_source.Low ^ other._source.Low)
        | (_destination.High ^ other._destination.High) | (_destination.Low ^ other._destination.Low)
        | (_rest ^ other._rest)) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FlowKey6 other && Equals(other);

    /// <summary>A hash for general collections; tables that packets fill use <see cref="KeyedHash"/>.</summary>
    public override int GetHashCode() => HashCode.Combine(_source, _destination, _rest);

    /// <summary>For example <c>Tcp [2001:db8::1]:1234 &gt; [2001:db8::2]:80</c>, with <c>@scope</c> behind if it is not 0.</summary>
    public override string ToString() =>
        $"{Protocol} [{Source}]:{SourcePort} > [{Destination}]:{DestinationPort}{(Scope == 0 ? "" : $" @{Scope}")}";

    /// <summary>True if both name the same direction of the same flow.</summary>
    public static bool operator ==(FlowKey6 left, FlowKey6 right) => left.Equals(right);

    /// <summary>True if they differ.</summary>
    public static bool operator !=(FlowKey6 left, FlowKey6 right) => !left.Equals(right);
}
