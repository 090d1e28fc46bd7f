using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Mesh.Records;

/// <summary>TCP and UDP headers that are whole.</summary>
internal static class Transport
{
    private const int TcpChecksumOffset = 16;
    private const int UdpChecksumOffset = 6;
    private const int TcpFlagsOffset = 13;
    private const int TcpBytes = 20;
    private const int UdpBytes = 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int BytesOf(IpProtocol protocol) => protocol == IpProtocol.Tcp ? TcpBytes : UdpBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TcpFlags FlagsOf(ref byte transport) => (TcpFlags)Unsafe.AddByteOffset(ref transport, TcpFlagsOffset);

    /// <summary>True for a segment that opens a connection.</summary>
    public static bool Opens(TcpFlags flags) => (flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Fin | TcpFlags.Rst)) == TcpFlags.Syn;

    /// <summary>Writes both ports and repairs the checksum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Rewrite(ref byte transport, IpProtocol protocol, ushort source, ushort destination, ChecksumDelta all)
    {
        Fields.Put32(ref transport, 0, ((uint)source << 16) | destination);
        if (protocol == IpProtocol.Tcp)
        {
            Fields.Put16(ref transport, TcpChecksumOffset, all.Apply(Fields.Get16(ref transport, TcpChecksumOffset)));
        }
        else
        {
            Fields.Put16(ref transport, UdpChecksumOffset, all.ApplyUdp(Fields.Get16(ref transport, UdpChecksumOffset)));
        }
    }
}
