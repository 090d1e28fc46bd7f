using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Mesh.Records;

/// <summary>IPv4.</summary>
internal readonly struct Family4 : IFamily<FlowKey4>
{
    private const int ChecksumOffset = 10;
    private const int AddressesOffset = 12;

    public static int HeaderBytes => IPv4Header.MinLength;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FlowKey4 Read(ref byte packet, ref byte transport, IpProtocol protocol, uint scope)
    {
        ulong addresses = Fields.Get64(ref packet, AddressesOffset);
        uint ports = Fields.Get32(ref transport, 0);
        return new FlowKey4(new IPv4Address((uint)(addresses >> 32)), new IPv4Address((uint)addresses), protocol, (ushort)(ports >> 16), (ushort)ports, scope);
    }

    public static bool TryReadEmbedded(ReadOnlySpan<byte> message, uint scope, out FlowKey4 key)
    {
        key = default;
        return IcmpView.TryParse(message, out IcmpView icmp) && EmbeddedFlow.TryRead(icmp.EmbeddedPacket, out key, scope);
    }

    public static FlowKey4 Make(MeshEndpoint source, MeshEndpoint destination, IpProtocol protocol, uint scope) =>
        new(MeshAddress.ToIPv4(source.Address), MeshAddress.ToIPv4(destination.Address), protocol, source.Port, destination.Port, scope);

    public static MeshEndpoint SourceOf(in FlowKey4 key) => new(key.Source, key.SourcePort);

    public static MeshEndpoint DestinationOf(in FlowKey4 key) => new(key.Destination, key.DestinationPort);

    public static IpProtocol ProtocolOf(in FlowKey4 key) => key.Protocol;

    public static uint ScopeOf(in FlowKey4 key) => key.Scope;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FlowKey4 Reverse(in FlowKey4 key) => key.Reversed;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Rewrite(ref byte packet, ref byte transport, IpProtocol protocol, in FlowKey4 opposite, ChecksumDelta addresses, ChecksumDelta all)
    {
        Fields.Put16(ref packet, ChecksumOffset, addresses.Apply(Fields.Get16(ref packet, ChecksumOffset)));
        Fields.Put64(ref packet, AddressesOffset, ((ulong)opposite.Destination.Value << 32) | opposite.Source.Value);
        Transport.Rewrite(ref transport, protocol, opposite.DestinationPort, opposite.SourcePort, all);
    }
}
