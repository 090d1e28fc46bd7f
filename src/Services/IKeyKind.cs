using Weft.Packets;

namespace Weft.Services;

/// <summary>What differs between flows of IPv4 and of IPv6.</summary>
internal interface IKeyKind<TKey>
    where TKey : unmanaged
{
    static abstract bool TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, out TKey key);

    static abstract bool TryReadEmbedded(ReadOnlySpan<byte> datagram, out TKey key);

    static abstract TKey Reverse(in TKey key);

    /// <summary>What <see cref="ServiceBurst.Remember"/> noted.</summary>
    static abstract TKey Before(in ServiceBurst burst);

    static abstract ServiceFlow Describe(in TKey key, ServiceDirection openedFrom);
}

/// <summary>IPv4.</summary>
internal readonly struct KeyKind4 : IKeyKind<FlowKey4>
{
    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, out FlowKey4 key) => FlowKey4.TryRead(frame, layout, out key);

    public static bool TryReadEmbedded(ReadOnlySpan<byte> datagram, out FlowKey4 key) => EmbeddedFlow.TryRead(datagram, out key);

    public static FlowKey4 Reverse(in FlowKey4 key) => key.Reversed;

    public static FlowKey4 Before(in ServiceBurst burst) => burst.Before4;

    public static ServiceFlow Describe(in FlowKey4 key, ServiceDirection openedFrom) =>
        new(false, IPv6Address.MapIPv4(key.Source), IPv6Address.MapIPv4(key.Destination), key.Protocol, key.SourcePort, key.DestinationPort, openedFrom);
}

/// <summary>IPv6.</summary>
internal readonly struct KeyKind6 : IKeyKind<FlowKey6>
{
    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, out FlowKey6 key) => FlowKey6.TryRead(frame, layout, out key);

    public static bool TryReadEmbedded(ReadOnlySpan<byte> datagram, out FlowKey6 key) => EmbeddedFlow.TryRead(datagram, out key);

    public static FlowKey6 Reverse(in FlowKey6 key) => key.Reversed;

    public static FlowKey6 Before(in ServiceBurst burst) => burst.Before6;

    public static ServiceFlow Describe(in FlowKey6 key, ServiceDirection openedFrom) =>
        new(true, key.Source, key.Destination, key.Protocol, key.SourcePort, key.DestinationPort, openedFrom);
}
