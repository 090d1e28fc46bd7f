using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>The addresses that a DHCPv6 server gives a client: IA Address options inside IA_NA options of a Reply (RFC 8415 sections 8, 21.4 and 21.6).</summary>
internal ref struct Dhcp6Reply
{
    public const ushort ServerPort = 547, ClientPort = 546;

    private const byte Reply = 7;
    private const int HeaderLength = 4, OptionHeaderLength = 4;
    private const ushort NonTemporary = 3, Address = 5;
    private const int NonTemporaryFixed = 12, AddressFixed = 24;

    private ReadOnlySpan<byte> _outer;
    private ReadOnlySpan<byte> _inner;

    /// <summary>Begins to read the payload of a UDP datagram. False if it is no Reply.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Dhcp6Reply reply)
    {
        reply = default;
        if (bytes.Length < HeaderLength || bytes[0] != Reply)
        {
            return false;
        }

        reply._outer = bytes[HeaderLength..];
        return true;
    }

    /// <summary>The next address; ends at the first option that is cut off.</summary>
    public bool MoveNext(out IPv6Address address, out uint validSeconds)
    {
        (address, validSeconds) = (default, 0);
        ReadOnlySpan<byte> outer = _outer, inner = _inner;
        bool found = false;
        while (!found)
        {
            if (TryOption(ref inner, out ushort code, out ReadOnlySpan<byte> value))
            {
                if (code == Address && value.Length >= AddressFixed)
                {
                    (address, validSeconds, found) = (IPv6Address.Read(value), BinaryPrimitives.ReadUInt32BigEndian(value[20..]), true);
                }
            }
            else if (TryOption(ref outer, out code, out value))
            {
                inner = code == NonTemporary && value.Length >= NonTemporaryFixed ? value[NonTemporaryFixed..] : default;
            }
            else
            {
                break;
            }
        }

        _outer = outer;
        _inner = inner;
        return found;
    }

    private static bool TryOption(scoped ref ReadOnlySpan<byte> options, out ushort code, out ReadOnlySpan<byte> value)
    {
        code = 0;
        value = default;
        if (options.Length < OptionHeaderLength || BinaryPrimitives.ReadUInt16BigEndian(options[2..]) > options.Length - OptionHeaderLength)
        {
            options = default;
            return false;
        }

        code = BinaryPrimitives.ReadUInt16BigEndian(options);
        value = options.Slice(OptionHeaderLength, BinaryPrimitives.ReadUInt16BigEndian(options[2..]));
        options = options[(OptionHeaderLength + value.Length)..];
        return true;
    }
}
