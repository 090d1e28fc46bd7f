using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// What a guard needs of a DHCPv4 message (RFC 2131 section 2):
/// <code>
/// 0 op   1 htype   2 hlen   3 hops   4 xid   8 secs   10 flags   12 ciaddr   16 yiaddr   20 siaddr   24 giaddr   28 chaddr   236 cookie   240 options
/// </code>
/// </summary>
internal readonly ref struct DhcpMessage
{
    public const ushort ServerPort = 67, ClientPort = 68;
    public const byte Request = 1;
    public const byte Ack = 5, Release = 7;

    private const int MacOffset = 28, CookieOffset = 236, OptionsOffset = 240;
    private const uint Cookie = 0x6382_5363;
    private const byte Pad = 0, End = 255, LeaseTime = 51, MessageType = 53, RelayInformation = 82;

    /// <summary>An infinite lease (RFC 2131 section 3.3).</summary>
    public const uint Forever = uint.MaxValue;

    private readonly ReadOnlySpan<byte> _bytes;

    private DhcpMessage(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public byte Operation => _bytes[0];

    public MacAddress Client => MacAddress.Read(_bytes[MacOffset..]);

    public IPv4Address ClientAddress => IPv4Address.Read(_bytes[12..]);

    public IPv4Address YourAddress => IPv4Address.Read(_bytes[16..]);

    public IPv4Address Relay => IPv4Address.Read(_bytes[24..]);

    /// <summary>Message type of option 53; 0 if there is none.</summary>
    public byte Type { get; private init; }

    /// <summary>Seconds of option 51; null if there is none.</summary>
    public uint? Lease { get; private init; }

    /// <summary>Whether a relay added option 82 (RFC 3046).</summary>
    public bool HasRelayInformation { get; private init; }

    /// <summary>Reads the payload of a UDP datagram. False if it is cut off or is no DHCP over Ethernet.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out DhcpMessage message)
    {
        message = default;
        if (bytes.Length < OptionsOffset || bytes[1] != 1 || bytes[2] != MacAddress.Length || BinaryPrimitives.ReadUInt32BigEndian(bytes[CookieOffset..]) != Cookie)
        {
            return false;
        }

        (byte type, uint? lease, bool relayed) = (0, null, false);
        for (int at = OptionsOffset; at < bytes.Length && bytes[at] != End;)
        {
            byte code = bytes[at++];
            if (code == Pad)
            {
                continue;
            }

            if (at >= bytes.Length || bytes[at] > bytes.Length - at - 1)
            {
                return false;
            }

            ReadOnlySpan<byte> value = bytes.Slice(at + 1, bytes[at]);
            at += 1 + value.Length;
            type = code == MessageType && value.Length == 1 ? value[0] : type;
            lease = code == LeaseTime && value.Length == sizeof(uint) ? BinaryPrimitives.ReadUInt32BigEndian(value) : lease;
            relayed |= code == RelayInformation;
        }

        message = new DhcpMessage(bytes) { Type = type, Lease = lease, HasRelayInformation = relayed };
        return true;
    }
}
