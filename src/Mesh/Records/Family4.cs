using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Mesh.Records;

/// <summary>IPv4.</summary>
internal readonly struct Family4 : IFamily<FlowKey4>
{
    private const int ChecksumOffset = 10;
    private const int AddressesOffset = 12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, uint scope, out FlowKey4 key) => FlowKey4.TryRead(frame, in layout, out key, scope);

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
    public static void Rewrite(Span<byte> frame, in PacketLayout layout, in FlowKey4 opposite, ChecksumDelta addresses, ChecksumDelta all)
    {
        Span<byte> packet = frame[layout.L3Offset..];
        Span<byte> checksum = packet[ChecksumOffset..];
        BinaryPrimitives.WriteUInt16BigEndian(checksum, addresses.Apply(BinaryPrimitives.ReadUInt16BigEndian(checksum)));
        BinaryPrimitives.WriteUInt64BigEndian(packet[AddressesOffset..], ((ulong)opposite.Destination.Value << 32) | opposite.Source.Value);
        Transport.Rewrite(frame[layout.L4Offset..], layout.Protocol, opposite.DestinationPort, opposite.SourcePort, all);
    }
}
