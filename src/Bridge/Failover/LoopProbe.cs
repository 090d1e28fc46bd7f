using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// The frame by which an active node finds loops and rivals, and a <see cref="LoopGuard"/> finds loops: to a group address of ours, local
/// experimental EtherType 1. Bridge and node are switch and port for a guard, and the epoch is the VLAN.
/// <code>
/// 14  magic "WLPR", version 1, three octets of zero    22  bridge (48 bits)    28  node (16 bits)
/// 30  epoch    34  sequence    38  HMAC-SHA-256 over octets 14 to 37, first 16 octets
/// </code>
/// Offsets are those of an untagged frame.
/// </summary>
internal static class LoopProbe
{
    /// <summary>Octets of an untagged probe, padded to what Ethernet wants.</summary>
    public const int Length = 60;

    /// <summary>A group address, locally administered.</summary>
    public static readonly MacAddress Destination = new(0x0357_4654_4c50);

    private const int EtherTypeOffset = 2 * MacAddress.Length;
    private const int EthernetLength = EtherTypeOffset + 2;
    private const int BodyLength = 40;
    private const int AuthenticatorOffset = 24;
    private const uint Magic = 0x574C_5052;
    private const byte Version = 1;
    private const int NodeBits = 16;

    public static int Write(Span<byte> frame, MacAddress source, ushort vlan, ulong bridge, ushort node, uint epoch, uint sequence, MessageAuthenticator authenticator)
    {
        frame[..(Length + VlanTag.Length)].Clear();
        int at = Announcement.WriteEthernet(frame, Destination, source, EtherType.Experimental1, vlan);
        Span<byte> body = frame.Slice(at, BodyLength);
        BinaryPrimitives.WriteUInt32BigEndian(body, Magic);
        body[4] = Version;
        BinaryPrimitives.WriteUInt64BigEndian(body[8..], (bridge << NodeBits) | node);
        BinaryPrimitives.WriteUInt32BigEndian(body[16..], epoch);
        BinaryPrimitives.WriteUInt32BigEndian(body[20..], sequence);
        authenticator.Sign(body, AuthenticatorOffset);
        return Length + at - EthernetLength;
    }

    /// <summary>Finds the probe in a frame, tagged or not.</summary>
    /// <returns>False if it is no probe of the pair at all.</returns>
    public static bool TryRead(ReadOnlySpan<byte> frame, ulong bridge, MessageAuthenticator authenticator, out ushort node, out uint epoch, out uint sequence, out bool genuine)
    {
        (node, epoch, sequence, genuine) = (0, 0, 0, false);
        int at = EtherTypeOffset;
        if (frame.Length < EthernetLength || MacAddress.Read(frame) != Destination)
        {
            return false;
        }

        if ((EtherType)BinaryPrimitives.ReadUInt16BigEndian(frame[at..]) == EtherType.VlanTag)
        {
            at += VlanTag.Length;
        }

        if (frame.Length < at + 2 + BodyLength || (EtherType)BinaryPrimitives.ReadUInt16BigEndian(frame[at..]) != EtherType.Experimental1)
        {
            return false;
        }

        ReadOnlySpan<byte> body = frame.Slice(at + 2, BodyLength);
        ulong names = BinaryPrimitives.ReadUInt64BigEndian(body[8..]);
        if (BinaryPrimitives.ReadUInt32BigEndian(body) != Magic || body[4] != Version || names >> NodeBits != bridge)
        {
            return false;
        }

        node = (ushort)names;
        epoch = BinaryPrimitives.ReadUInt32BigEndian(body[16..]);
        sequence = BinaryPrimitives.ReadUInt32BigEndian(body[20..]);
        genuine = authenticator.Verify(body, AuthenticatorOffset);
        return true;
    }
}
