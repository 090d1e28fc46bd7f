using Weft.Packets;

namespace Weft.Mesh.Records;

/// <summary>IPv6.</summary>
internal readonly struct Family6 : IFamily<FlowKey6>
{
    private const int SourceOffset = 8;
    private const int DestinationOffset = 24;

    public static int HeaderBytes => IPv6Header.Length;

    public static FlowKey6 Read(ref byte packet, ref byte transport, IpProtocol protocol, uint scope)
    {
        var source = new IPv6Address(Fields.Get64(ref packet, SourceOffset), Fields.Get64(ref packet, SourceOffset + 8));
        var destination = new IPv6Address(Fields.Get64(ref packet, DestinationOffset), Fields.Get64(ref packet, DestinationOffset + 8));
        uint ports = Fields.Get32(ref transport, 0);
        return new FlowKey6(source, destination, protocol, (ushort)(ports >> 16), (ushort)ports, scope);
    }

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

    public static void Rewrite(ref byte packet, ref byte transport, IpProtocol protocol, in FlowKey6 opposite, ChecksumDelta addresses, ChecksumDelta all)
    {
        Fields.Put64(ref packet, SourceOffset, opposite.Destination.High);
        Fields.Put64(ref packet, SourceOffset + 8, opposite.Destination.Low);
        Fields.Put64(ref packet, DestinationOffset, opposite.Source.High);
        Fields.Put64(ref packet, DestinationOffset + 8, opposite.Source.Low);
        Transport.Rewrite(ref transport, protocol, opposite.DestinationPort, opposite.SourcePort, all);
    }
}
