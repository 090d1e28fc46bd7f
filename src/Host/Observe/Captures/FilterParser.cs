using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Weft.Packets;
using static Weft.Host.Observe.Captures.FilterNode;

namespace Weft.Host.Observe.Captures;

/// <summary>Reads filters: <c>or</c> binds least, then <c>and</c>, then <c>not</c>.</summary>
internal sealed class FilterParser
{
    private const int MaxCharacters = 1024;
    private const int MaxDepth = 32;

    private readonly List<string> _words;
    private int _next;
    private int _depth;

    /// <exception cref="FormatException">The text is too long.</exception>
    public FilterParser(string text)
    {
        _words = text.Length <= MaxCharacters ? Words(text) : throw new FormatException($"A filter has {MaxCharacters} characters at most.");
    }

    /// <exception cref="FormatException">A word was not expected.</exception>
    public FilterNode Parse()
    {
        FilterNode root = ParseOr();
        return _next == _words.Count ? root : throw Unexpected();
    }

    private FilterNode ParseOr()
    {
        FilterNode left = ParseAnd();
        while (Skip("or") || Skip("||"))
        {
            left = new Or(left, ParseAnd());
        }

        return left;
    }

    private FilterNode ParseAnd()
    {
        FilterNode left = ParseNot();
        while (Skip("and") || Skip("&&"))
        {
            left = new And(left, ParseNot());
        }

        return left;
    }

    private FilterNode ParseNot()
    {
        if (++_depth > MaxDepth)
        {
            throw new FormatException($"A filter has {MaxDepth} levels at most.");
        }

        FilterNode node = Skip("not") || Skip("!") ? new Not(ParseNot()) : Skip("(") ? Close(ParseOr()) : ParseCondition();
        _depth--;
        return node;
    }

    private FilterNode Close(FilterNode inside) => Skip(")") ? inside : throw Unexpected();

    private FilterNode ParseCondition()
    {
        string word = Take();
        return word switch
        {
            "ip" when Skip("proto") => new OfProtocol((IpProtocol)Number(Take(), byte.MaxValue), ipv4: true, ipv6: false),
            "ip6" when Skip("proto") => new OfProtocol((IpProtocol)Number(Take(), byte.MaxValue), ipv4: false, ipv6: true),
            "ip" => new OfEtherType(EtherType.IPv4),
            "ip6" => new OfEtherType(EtherType.IPv6),
            "arp" => new OfEtherType(EtherType.Arp),
            "ether" => ParseEther(),
            "tcp" => Transport(IpProtocol.Tcp),
            "udp" => Transport(IpProtocol.Udp),
            "sctp" => Transport(IpProtocol.Sctp),
            "icmp" => new OfProtocol(IpProtocol.Icmp, ipv4: true, ipv6: false),
            "igmp" => new OfProtocol(IpProtocol.Igmp, ipv4: true, ipv6: false),
            "icmp6" => new OfProtocol(IpProtocol.IcmpV6, ipv4: false, ipv6: true),
            "esp" => new OfProtocol(IpProtocol.Esp, ipv4: true, ipv6: true),
            "vlan" => new OfVlan(_next < _words.Count && int.TryParse(_words[_next], out _) ? Number(Take(), 4095) : null),
            "broadcast" => new ToGroup(isBroadcast: true),
            "multicast" => new ToGroup(isBroadcast: false),
            "less" => new OfLength(0, Number(Take(), ushort.MaxValue)),
            "greater" => new OfLength(Number(Take(), ushort.MaxValue), int.MaxValue),
            "src" => ParseEnd(Side.Source, protocol: null),
            "dst" => ParseEnd(Side.Destination, protocol: null),
            _ => Back().ParseEnd(Side.Either, protocol: null),
        };
    }

    /// <summary>A protocol alone, or with a port behind it.</summary>
    private FilterNode Transport(IpProtocol protocol)
    {
        Side side = Skip("src") ? Side.Source : Skip("dst") ? Side.Destination : Side.Either;
        bool hasPort = _next < _words.Count && _words[_next] is "port" or "portrange";
        return hasPort || side != Side.Either ? ParseEnd(side, protocol) : new OfProtocol(protocol, ipv4: true, ipv6: true);
    }

    private FilterNode ParseEther()
    {
        if (Skip("proto"))
        {
            return new OfEtherType((EtherType)Number(Take(), ushort.MaxValue));
        }

        if (Skip("broadcast") || Skip("multicast"))
        {
            return new ToGroup(_words[_next - 1] == "broadcast");
        }

        Side side = Skip("src") ? Side.Source : Skip("dst") ? Side.Destination : Side.Either;
        bool namesHost = Skip("host");
        return namesHost || side != Side.Either ? new OfMac(Mac(Take()), side) : throw Unexpected();
    }

    private FilterNode ParseEnd(Side side, IpProtocol? protocol)
    {
        string word = Take();
        switch (word)
        {
            case "port":
                int port = Number(Take(), ushort.MaxValue);
                return new OfPort(port, port, side, protocol);
            case "portrange":
                string[] ends = Take().Split('-');
                return ends.Length == 2 ? new OfPort(Number(ends[0], ushort.MaxValue), Number(ends[1], ushort.MaxValue), side, protocol) : throw Unexpected(back: true);
            case "host" when protocol is null:
                return Address(Take(), side, hasPrefix: false);
            case "net" when protocol is null:
                return Address(Take(), side, hasPrefix: true);
            default:
                throw Unexpected(back: true);
        }
    }

    private static OfAddress Address(string word, Side side, bool hasPrefix)
    {
        string[] parts = word.Split('/');
        if (!IPAddress.TryParse(parts[0], out IPAddress? address) || parts.Length > (hasPrefix ? 2 : 1) || (address.AddressFamily == AddressFamily.InterNetwork && parts[0].Count(c => c == '.') != 3))
        {
            throw new FormatException($"'{word}' is no {(hasPrefix ? "prefix such as 192.0.2.0/24" : "address such as 192.0.2.1")}.");
        }

        byte[] bytes = address.GetAddressBytes();
        int bits = parts.Length == 2 ? Number(parts[1], bytes.Length * 8) : bytes.Length * 8;
        return new OfAddress(bytes, bits, side);
    }

    private static byte[] Mac(string word)
    {
        byte[] bytes = new byte[6];
        MacAddress mac = MacAddress.TryParse(word, out MacAddress found) ? found : throw new FormatException($"'{word}' is no MAC address such as 02:00:00:00:00:01.");
        mac.Write(bytes);
        return bytes;
    }

    private static int Number(string word, int most)
    {
        bool isHex = word.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        bool isNumber = int.TryParse(isHex ? word[2..] : word, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out int number);
        return isNumber && number >= 0 && number <= most ? number : throw new FormatException($"'{word}' is no number from 0 to {most}.");
    }

    private bool Skip(string word)
    {
        bool isThere = _next < _words.Count && _words[_next] == word;
        _next += isThere ? 1 : 0;
        return isThere;
    }

    private string Take() => _next < _words.Count ? _words[_next++] : throw Unexpected();

    private FilterParser Back()
    {
        _next--;
        return this;
    }

    private FormatException Unexpected(bool back = false)
    {
        _next -= back ? 1 : 0;
        return new FormatException(_next < _words.Count ? $"The filter does not go on with '{_words[_next]}'." : "The filter ends where a word is missing.");
    }

    private static List<string> Words(string text)
    {
        foreach (string sign in new[] { "(", ")", "!", "&&", "||" })
        {
            text = text.Replace(sign, $" {sign} ", StringComparison.Ordinal);
        }

        return [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)];
    }
}
