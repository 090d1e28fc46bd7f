using Weft.Packets;

namespace Weft.Mesh.Records;

/// <summary>IPv6.</summary>
internal readonly struct Family6 : IFamily<FlowKey6>
{
    private const int SourceOffset = 8;
    private const int DestinationOffset = 24;

    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, uint scope, out FlowKey6 key) => FlowKey6.TryRead(frame, in layout, out key, scope);

    public static bool TryReadEmbedded(ReadOnlySpan<byte> message, uint scope, out FlowKey6 key)
    {
        key = default;
        return IcmpV6View.TryParse(message, out IcmpV6View icmp) && EmbeddedFlow.TryRead(icmp.EmbeddedPacket, out key, scope);
    }

    public static FlowKey6 Make(MeshEndpoint source, MeshEndpoint destination, IpProtocol protocol, uint scope) =>
        new(source.Address, destination.Address, protocol, source.Port, destination.Port, scope);

    public static MeshEndpoint SourceOf(in FlowKey6 key) => new(key.Source, key.SourcePort);

    public static MeshEndpoint DestinationOf(in FlowKey6 key) => new(key.Destination, key.DestinationPort);

    public static IpProtocol ProtocolOf(in FlowKey6 key) => key.Protocol;

    public static uint ScopeOf(in FlowKey6 key) => key.Scope;

    public static FlowKey6 Reverse(in FlowKey6 key) => key.Reversed;

    public static void Rewrite(Span<byte> frame, in PacketLayout layout, in FlowKey6 opposite, ChecksumDelta addresses, ChecksumDelta all)
    {
        Span<byte> packet = frame[layout.L3Offset..];
        opposite.Destination.Write(packet[SourceOffset..]);
        opposite.Source.Write(packet[DestinationOffset..]);
        Transport.Rewrite(frame[layout.L4Offset..], layout.Protocol, opposite.DestinationPort, opposite.SourcePort, all);
    }
}
