using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// Carries DHCP between clients of one link and servers elsewhere: DHCPv4 with the relay's address and information (RFC 1542, RFC 3046, RFC 3527), DHCPv6
/// wrapped into messages of relays (RFC 8415 section 19). It writes the UDP payloads; whoever calls it sends them.
/// </summary>
/// <remarks>No state, no allocation; what a packet contains never throws.</remarks>
public sealed class DhcpRelay
{
    /// <summary>Longest message that is relayed, and longest that is written.</summary>
    public const int MaxMessageBytes = 1472;

    /// <summary>Port of servers and relays, of clients; the same of DHCPv6.</summary>
    public const ushort ServerPort = 67, ClientPort = 68, ServerPort6 = 547, ClientPort6 = 546;

    private const int HopsOffset = 3, FlagsOffset = 10, ClientAddressOffset = 12, YourAddressOffset = 16, RelayOffset = 24, MacOffset = 28, CookieOffset = 236, OptionsOffset = 240;
    private const uint Cookie = 0x6382_5363;
    private const ushort BroadcastFlag = 0x8000;
    private const byte Request = 1, Reply = 2, Pad = 0, End = 255, RelayInformation = 82;

    /// <summary>RFC 3046 section 3, RFC 3527 section 3.</summary>
    private const byte CircuitId = 1, RemoteId = 2, LinkSelection = 5;

    /// <summary>BOOTP relays and servers may expect this length (RFC 1542 section 2.1).</summary>
    private const int LeastMessage = 300;

    private const byte RelayForward = 12, RelayReply = 13;
    private const int RelayHeader6 = 34, LinkOffset6 = 2, PeerOffset6 = 18, OptionHeader6 = 4;
    private const ushort RelayMessageOption = 9, InterfaceIdOption = 18;

    /// <summary>RFC 8415 section 7.6.</summary>
    private const int HopCountLimit = 8;

    private readonly DhcpRelayOptions _options;

    /// <summary>Creates a relay.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public DhcpRelay(DhcpRelayOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
    }

    /// <summary>Writes what servers get for a client's DHCPv4 message.</summary>
    /// <param name="message">The UDP payload.</param>
    /// <param name="circuit">Where the client is (option 82, circuit), up to 64 bytes.</param>
    /// <param name="remote">Who it is there (option 82, remote), up to 64 bytes.</param>
    /// <param name="destination">At least <see cref="MaxMessageBytes"/>.</param>
    /// <param name="length">Bytes written.</param>
    public DhcpRelayVerdict Forward(ReadOnlySpan<byte> message, ReadOnlySpan<byte> circuit, ReadOnlySpan<byte> remote, Span<byte> destination, out int length)
    {
        length = 0;
        if (!TryWalk(message, out int end, out int information) || message[0] != Request)
        {
            return DhcpRelayVerdict.Malformed;
        }

        if (message[HopsOffset] >= _options.MaxHops)
        {
            return DhcpRelayVerdict.HopLimit;
        }

        IPv4Address relay = IPv4Address.Read(message[RelayOffset..]);
        bool isRelayed = relay != IPv4Address.Any;
        if (isRelayed ? !_options.TrustsRelays || relay == _options.Address : information > 0)
        {
            return DhcpRelayVerdict.Spoofed;
        }

        message[..end].CopyTo(destination);
        destination[HopsOffset]++;
        length = end;
        if (!isRelayed)
        {
            _options.Address.Write(destination[RelayOffset..]);
            // A relay adds its information where none was before, and where it fits (RFC 3046 section 2.1).
            if (_options.AddsInformation)
            {
                length += WriteInformation(destination[length..(MaxMessageBytes - 1)], circuit, remote);
            }
        }

        destination[length++] = End;
        while (length < LeastMessage)
        {
            destination[length++] = Pad;
        }

        return DhcpRelayVerdict.Relayed;
    }

    /// <summary>Writes what a client gets of a server's DHCPv4 message to the relay; the relay's information is taken out (RFC 3046 section 2.1).</summary>
    /// <param name="message">The UDP payload.</param>
    /// <param name="destination">At least <see cref="MaxMessageBytes"/>.</param>
    /// <param name="length">Bytes written.</param>
    /// <param name="to">Where it goes.</param>
    public DhcpRelayVerdict Return(ReadOnlySpan<byte> message, Span<byte> destination, out int length, out DhcpReturn to)
    {
        (length, to) = (0, default);
        if (!TryWalk(message, out int end, out _) || message[0] != Reply || message[1] != 1 || message[2] != MacAddress.Length)
        {
            return DhcpRelayVerdict.Malformed;
        }

        if (IPv4Address.Read(message[RelayOffset..]) != _options.Address || (_options.Link is IPv4Address link && LinkOf(message[..end]) is IPv4Address said && said != link))
        {
            return DhcpRelayVerdict.NotMine;
        }

        length = CopyWithoutInformation(message[..end], destination);
        IPv4Address yours = IPv4Address.Read(message[YourAddressOffset..]);
        IPv4Address known = IPv4Address.Read(message[ClientAddressOffset..]);
        bool isBroadcast = known == IPv4Address.Any && (yours == IPv4Address.Any || (BinaryPrimitives.ReadUInt16BigEndian(message[FlagsOffset..]) & BroadcastFlag) != 0);
        MacAddress client = MacAddress.Read(message[MacOffset..]);
        to = isBroadcast || !client.IsValidSource
            ? new DhcpReturn(MacAddress.Broadcast, new IPv4Address(uint.MaxValue), default, ClientPort)
            : new DhcpReturn(client, known == IPv4Address.Any ? yours : known, default, ClientPort);
        return DhcpRelayVerdict.Relayed;
    }

    /// <summary>Writes what servers get for a DHCPv6 message of a client or of another relay (RFC 8415 section 19.1).</summary>
    /// <param name="message">The UDP payload.</param>
    /// <param name="peer">Its IP source.</param>
    /// <param name="destination">At least <see cref="MaxMessageBytes"/>.</param>
    /// <param name="length">Bytes written.</param>
    public DhcpRelayVerdict Forward6(ReadOnlySpan<byte> message, IPv6Address peer, Span<byte> destination, out int length)
    {
        length = 0;
        // Messages of clients: Solicit, Request, Confirm, Renew, Rebind, Release, Decline, Information-request (section 7.3).
        bool isClients = message.Length >= OptionHeader6 && message[0] is 1 or 3 or 4 or 5 or 6 or 8 or 9 or 11;
        bool isRelays = message.Length >= RelayHeader6 && message[0] == RelayForward;
        int head = RelayHeader6 + (2 * OptionHeader6) + sizeof(ushort);
        if (!(isClients || isRelays) || head + message.Length > MaxMessageBytes)
        {
            return DhcpRelayVerdict.Malformed;
        }

        if (isRelays && !_options.TrustsRelays)
        {
            return DhcpRelayVerdict.Spoofed;
        }

        if (isRelays && message[1] >= HopCountLimit)
        {
            return DhcpRelayVerdict.HopLimit;
        }

        (destination[0], destination[1]) = (RelayForward, (byte)(isRelays ? message[1] + 1 : 0));
        _options.Address6.Write(destination[LinkOffset6..]);
        peer.Write(destination[PeerOffset6..]);
        Span<byte> options = destination[RelayHeader6..];
        BinaryPrimitives.WriteUInt16BigEndian(options, InterfaceIdOption);
        BinaryPrimitives.WriteUInt16BigEndian(options[2..], sizeof(ushort));
        BinaryPrimitives.WriteUInt16BigEndian(options[4..], _options.InterfaceId);
        BinaryPrimitives.WriteUInt16BigEndian(options[6..], RelayMessageOption);
        BinaryPrimitives.WriteUInt16BigEndian(options[8..], (ushort)message.Length);
        message.CopyTo(destination[head..]);
        length = head + message.Length;
        return DhcpRelayVerdict.Relayed;
    }

    /// <summary>Takes what a server wants a client or another relay to get out of its message to the relay (RFC 8415 section 19.2).</summary>
    /// <param name="message">The UDP payload.</param>
    /// <param name="inner">What goes on.</param>
    /// <param name="to">Where it goes; there is no MAC address.</param>
    public DhcpRelayVerdict Return6(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> inner, out DhcpReturn to)
    {
        inner = default;
        to = default;
        if (message.Length < RelayHeader6 || message[0] != RelayReply)
        {
            return DhcpRelayVerdict.Malformed;
        }

        bool isMine = IPv6Address.Read(message[LinkOffset6..]) == _options.Address6;
        for (int at = RelayHeader6; at < message.Length;)
        {
            if (at + OptionHeader6 > message.Length)
            {
                return DhcpRelayVerdict.Malformed;
            }

            ushort code = BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
            int bytes = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]);
            at += OptionHeader6;
            if (bytes > message.Length - at)
            {
                return DhcpRelayVerdict.Malformed;
            }

            ReadOnlySpan<byte> value = message.Slice(at, bytes);
            at += bytes;
            if (code == RelayMessageOption)
            {
                inner = value;
            }
            else if (code == InterfaceIdOption)
            {
                isMine = bytes == sizeof(ushort) && BinaryPrimitives.ReadUInt16BigEndian(value) == _options.InterfaceId;
            }
        }

        if (inner.Length < OptionHeader6)
        {
            return DhcpRelayVerdict.Malformed;
        }

        to = new DhcpReturn(default, default, IPv6Address.Read(message[PeerOffset6..]), inner[0] == RelayReply ? ServerPort6 : ClientPort6);
        return isMine ? DhcpRelayVerdict.Relayed : DhcpRelayVerdict.NotMine;
    }

    /// <summary>Finds the end of the options and a relay's information among them. False if the message is cut off, too long, or no DHCP.</summary>
    private static bool TryWalk(ReadOnlySpan<byte> message, out int end, out int information)
    {
        (end, information) = (0, 0);
        if (message.Length is < OptionsOffset or > MaxMessageBytes || BinaryPrimitives.ReadUInt32BigEndian(message[CookieOffset..]) != Cookie)
        {
            return false;
        }

        int at = OptionsOffset;
        while (at < message.Length && message[at] != End)
        {
            if (message[at] == Pad)
            {
                at++;
                continue;
            }

            if (at + 1 >= message.Length || message[at + 1] > message.Length - at - 2)
            {
                return false;
            }

            information = message[at] == RelayInformation ? at : information;
            at += 2 + message[at + 1];
        }

        end = at;
        return end < MaxMessageBytes;
    }

    private int WriteInformation(Span<byte> room, ReadOnlySpan<byte> circuit, ReadOnlySpan<byte> remote)
    {
        int bytes = 2 + circuit.Length + 2 + remote.Length + (_options.Link is null ? 0 : 6);
        if (bytes > byte.MaxValue || bytes + 2 > room.Length)
        {
            return 0;
        }

        (room[0], room[1]) = (RelayInformation, (byte)bytes);
        int at = 2;
        at += WriteSub(room[at..], CircuitId, circuit);
        at += WriteSub(room[at..], RemoteId, remote);
        if (_options.Link is IPv4Address link)
        {
            (room[at], room[at + 1]) = (LinkSelection, sizeof(uint));
            link.Write(room[(at + 2)..]);
        }

        return bytes + 2;
    }

    private static int WriteSub(Span<byte> room, byte code, ReadOnlySpan<byte> value)
    {
        (room[0], room[1]) = (code, (byte)value.Length);
        value.CopyTo(room[2..]);
        return 2 + value.Length;
    }

    /// <summary>The link that a server gives back in the relay's information; null if it does not.</summary>
    private static IPv4Address? LinkOf(ReadOnlySpan<byte> message)
    {
        if (!TryWalk(message, out _, out int information) || information == 0)
        {
            return null;
        }

        ReadOnlySpan<byte> subs = message.Slice(information + 2, message[information + 1]);
        for (int at = 0; at + 2 <= subs.Length && subs[at + 1] <= subs.Length - at - 2; at += 2 + subs[at + 1])
        {
            if (subs[at] == LinkSelection && subs[at + 1] == sizeof(uint))
            {
                return IPv4Address.Read(subs[(at + 2)..]);
            }
        }

        return null;
    }

    private static int CopyWithoutInformation(ReadOnlySpan<byte> message, Span<byte> destination)
    {
        message[..OptionsOffset].CopyTo(destination);
        int length = OptionsOffset;
        for (int at = OptionsOffset; at < message.Length;)
        {
            int bytes = message[at] == Pad ? 1 : 2 + message[at + 1];
            if (message[at] != RelayInformation)
            {
                message.Slice(at, bytes).CopyTo(destination[length..]);
                length += bytes;
            }

            at += bytes;
        }

        destination[length++] = End;
        while (length < LeastMessage)
        {
            destination[length++] = Pad;
        }

        return length;
    }
}
