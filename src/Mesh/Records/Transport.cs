using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Mesh.Records;

/// <summary>Puts ports in place of others in TCP and UDP headers that are whole.</summary>
internal static class Transport
{
    private const int TcpChecksumOffset = 16;
    private const int UdpChecksumOffset = 6;
    private const int TcpFlagsOffset = 13;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TcpFlags FlagsOf(ReadOnlySpan<byte> frame, in PacketLayout layout) => (TcpFlags)frame[layout.L4Offset + TcpFlagsOffset];

    /// <summary>Writes both ports and repairs the checksum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Rewrite(Span<byte> transport, IpProtocol protocol, ushort source, ushort destination, ChecksumDelta all)
    {
        BinaryPrimitives.WriteUInt32BigEndian(transport, ((uint)source << 16) | destination);
        if (protocol == IpProtocol.Tcp)
        {
            Span<byte> checksum = transport[TcpChecksumOffset..];
            BinaryPrimitives.WriteUInt16BigEndian(checksum, all.Apply(BinaryPrimitives.ReadUInt16BigEndian(checksum)));
        }
        else
        {
            Span<byte> checksum = transport[UdpChecksumOffset..];
            BinaryPrimitives.WriteUInt16BigEndian(checksum, all.ApplyUdp(BinaryPrimitives.ReadUInt16BigEndian(checksum)));
        }
    }
}
