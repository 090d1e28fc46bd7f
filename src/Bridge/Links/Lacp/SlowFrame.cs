using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// Frames of the slow protocols LACP and Marker (IEEE 802.1AX clauses 6.4.2 and 6.5.3): 110 octets behind the Ethernet header.
/// <code>
/// 14 subtype 1   15 version   16 actor (1, 20)   36 partner (2, 20)   56 collector (3, 16)   72 terminator (0, 0)
/// end: 2 system priority   4 system   10 key   12 port priority   14 port   16 state   17 three octets of zero
/// </code>
/// </summary>
internal static class SlowFrame
{
    public const int Length = HeaderLength + 110;

    private const int EtherTypeOffset = 2 * MacAddress.Length;
    private const int HeaderLength = EtherTypeOffset + sizeof(ushort);
    private const int VersionOffset = HeaderLength + 1;
    private const int ActorOffset = HeaderLength + 2;
    private const int EndLength = 20;
    private const int PartnerOffset = ActorOffset + EndLength;
    private const int CollectorOffset = PartnerOffset + EndLength;
    private const byte ActorType = 1, PartnerType = 2, CollectorType = 3, CollectorLength = 16;
    private const byte MarkerLength = 16;

    public const byte Lacp = 1;
    public const byte Marker = 2;
    public const byte MarkerInformation = 1;
    public const byte MarkerResponse = 2;
    private const byte Version = 1;

    /// <summary>The group of slow protocols (IEEE 802.3 annex 57A).</summary>
    public static MacAddress Destination => new(0x0180_C200_0002);

    public static bool IsSlow(ReadOnlySpan<byte> frame) =>
        frame.Length > HeaderLength
        && BinaryPrimitives.ReadUInt16BigEndian(frame[EtherTypeOffset..]) == (ushort)EtherType.SlowProtocols
        && MacAddress.Read(frame) == Destination;

    public static byte Subtype(ReadOnlySpan<byte> frame) => frame[HeaderLength];

    public static bool TryReadLacp(ReadOnlySpan<byte> frame, out LacpEnd actor, out LacpEnd partner)
    {
        (actor, partner) = (default, default);
        // Later versions only add behind what the first one has (clause 6.4.2.3 c).
        return frame.Length >= Length && frame[VersionOffset] >= Version
            && TryReadEnd(frame[ActorOffset..], ActorType, out actor)
            && TryReadEnd(frame[PartnerOffset..], PartnerType, out partner);
    }

    public static void WriteLacp(Span<byte> frame, MacAddress source, in LacpEnd actor, in LacpEnd partner)
    {
        WriteHeader(frame, source, Lacp);
        WriteEnd(frame[ActorOffset..], ActorType, actor);
        WriteEnd(frame[PartnerOffset..], PartnerType, partner);
        (frame[CollectorOffset], frame[CollectorOffset + 1]) = (CollectorType, CollectorLength);
    }

    /// <summary>True for a marker that wants a response.</summary>
    public static bool IsMarker(ReadOnlySpan<byte> frame) =>
        frame.Length >= Length && frame[ActorOffset] == MarkerInformation && frame[ActorOffset + 1] == MarkerLength;

    /// <summary>The response has what the marker had, and another type (clause 6.5.4.2).</summary>
    public static void WriteResponse(Span<byte> frame, MacAddress source, ReadOnlySpan<byte> marker)
    {
        marker[..Length].CopyTo(frame);
        Destination.Write(frame);
        source.Write(frame[MacAddress.Length..]);
        frame[ActorOffset] = MarkerResponse;
    }

    private static void WriteHeader(Span<byte> frame, MacAddress source, byte subtype)
    {
        frame[..Length].Clear();
        Destination.Write(frame);
        source.Write(frame[MacAddress.Length..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[EtherTypeOffset..], (ushort)EtherType.SlowProtocols);
        (frame[HeaderLength], frame[VersionOffset]) = (subtype, Version);
    }

    private static bool TryReadEnd(ReadOnlySpan<byte> from, byte type, out LacpEnd end)
    {
        end = new LacpEnd(
            BinaryPrimitives.ReadUInt16BigEndian(from[2..]),
            MacAddress.Read(from[4..]),
            BinaryPrimitives.ReadUInt16BigEndian(from[10..]),
            BinaryPrimitives.ReadUInt16BigEndian(from[12..]),
            BinaryPrimitives.ReadUInt16BigEndian(from[14..]),
            (LacpState)from[16]);
        return from[0] == type && from[1] == EndLength;
    }

    private static void WriteEnd(Span<byte> to, byte type, in LacpEnd end)
    {
        (to[0], to[1]) = (type, EndLength);
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], end.SystemPriority);
        end.System.Write(to[4..]);
        BinaryPrimitives.WriteUInt16BigEndian(to[10..], end.Key);
        BinaryPrimitives.WriteUInt16BigEndian(to[12..], end.PortPriority);
        BinaryPrimitives.WriteUInt16BigEndian(to[14..], end.Port);
        to[16] = (byte)end.State;
    }
}
