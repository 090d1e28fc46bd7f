using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Weft.Encap;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;
using Weft.Packets;

namespace Weft.Host.Config.Shapes;

/// <summary>The kinds of single value that a configuration has.</summary>
internal static partial class Scalars
{
    private const string NamePattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$";
    private const string DevicePattern = "^[^\\s/]{1,15}$";
    private const string RangePattern = "^[0-9]+-[0-9]+$";

    /// <summary>Names of ports, tunnel endpoints and segments: short, printable, usable as labels anywhere.</summary>
    public static Scalar<string> Name { get; } =
        Text("a name of 1 to 32 letters, digits, '.', '_' and '-' that begins with a letter or digit", NamePattern, NameRegex().IsMatch);

    /// <summary>Linux: IFNAMSIZ is 16 with the closing zero, '/' and blanks are refused (net/core/dev.c, dev_valid_name).</summary>
    public static Scalar<string> Device { get; } =
        Text("the name of a network device, 1 to 15 characters without blanks or '/'", DevicePattern, text => text is not ("." or "..") && DeviceRegex().IsMatch(text) && Encoding.UTF8.GetByteCount(text) <= 15);

    /// <summary>A line of text.</summary>
    public static Scalar<string> Words(int most) =>
        Text($"a text of 1 to {most} characters on one line", null, text => text.Length > 0 && text.Length <= most && !text.Any(char.IsControl));

    /// <summary>A path; relative ones start at the folder of the configuration file.</summary>
    public static Scalar<string> Path { get; } =
        Text("a path of 1 to 4095 characters", null, text => text.Length is > 0 and <= 4095 && !text.Contains('\0'));

    /// <summary>The client address of a member of etcd.</summary>
    public static Scalar<string> Member { get; } = Text(
        "an address such as https://10.0.0.1:2379, with nothing behind the port",
        "^https?://[^/@]+$",
        text => Uri.TryCreate(text, UriKind.Absolute, out Uri? member) && member.Scheme is "http" or "https" && member.PathAndQuery == "/" && member.UserInfo.Length == 0);

    /// <summary>A security parameters index: 0 is never on the wire, 1 to 255 are reserved (RFC 4303 section 2.1).</summary>
    public static Scalar<uint> Spi { get; } = new(
        "a security parameters index from 256 to 4294967295, decimal or hexadecimal such as 0x1000",
        (ScalarNode node, out uint value) => node.IsPlain && TryParseSpi(node.Text, out value) ? value >= EspSaOptions.MinSpi : (value = 0) > 0,
        () => new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "integer", ["minimum"] = EspSaOptions.MinSpi, ["maximum"] = uint.MaxValue }, TextSchema("^0x[0-9A-Fa-f]{1,8}$")) },
        value => value)
    {
        Objection = InQuotes,
    };

    /// <summary>A key of receive-side scaling; it is no secret between the two ends.</summary>
    public static Scalar<string> RssKey { get; } =
        Text("the word microsoft, or 40 to 64 octets in hexadecimal, with colons between them or not", "^(microsoft|[0-9A-Fa-f:]+)$", text => text == "microsoft" || TryParseHex(text, out byte[] key) && key.Length is >= ToeplitzKey.Length and <= ToeplitzKey.MaxLength);

    /// <summary>Reads octets in hexadecimal with or without colons, as <c>ethtool -x</c> prints them.</summary>
    public static bool TryParseHex(string text, out byte[] bytes)
    {
        string digits = text.Replace(":", "", StringComparison.Ordinal);
        bytes = new byte[digits.Length / 2];
        return Convert.FromHexString(digits, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
    }

    public static Scalar<bool> Boolean { get; } = new(
        "true or false",
        (ScalarNode node, out bool value) => bool.TryParse(node.Text, out value) && node.IsPlain,
        () => new JsonObject { ["type"] = "boolean" },
        value => value)
    {
        Objection = InQuotes,
    };

    public static Scalar<MacAddress> Mac { get; } = new(
        "the MAC address of one machine such as 02:00:00:00:00:01, neither zero nor a group",
        (ScalarNode node, out MacAddress value) => MacAddress.TryParse(node.Text, out value) && value.IsValidSource,
        () => TextSchema("^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$"),
        value => value.ToString());

    public static Scalar<TunnelAddress> Address { get; } = new(
        "the IP address of one machine such as 192.0.2.1 or 2001:db8::1",
        (ScalarNode node, out TunnelAddress value) => TunnelAddress.TryParse(node.Text, out value) && value.IsUnicast,
        () => TextSchema("^[0-9A-Fa-f:.]+$"),
        value => value.ToString());

    /// <summary>What a server may be bound to: an own address, loopback and the unspecified address included.</summary>
    public static Scalar<TunnelAddress> OwnAddress { get; } = new(
        "an IP address of this machine such as 127.0.0.1 or ::1, or 0.0.0.0 or '::' for all it has",
        (ScalarNode node, out TunnelAddress value) => TunnelAddress.TryParse(node.Text, out value) && (value.IsIPv6 ? !value.V6.IsMulticast : value.V4.Value >> 28 < 0xE),
        () => TextSchema("^[0-9A-Fa-f:.]+$"),
        value => value.ToString());

    /// <summary>Somebody to send to: one machine, or this one itself.</summary>
    public static Scalar<TunnelAddress> Receiver { get; } = new(
        "the IP address of one machine such as 192.0.2.1 or 2001:db8::1, or 127.0.0.1 or ::1 for this one",
        (ScalarNode node, out TunnelAddress value) => TunnelAddress.TryParse(node.Text, out value)
            && (value.IsUnicast || (value.IsIPv6 ? value.V6 == new IPv6Address(0, 1) : value.V4.Value >> 24 == 127)),
        () => TextSchema("^[0-9A-Fa-f:.]+$"),
        value => value.ToString());

    /// <summary>The name of a machine (RFC 1123 section 2.1).</summary>
    public static Scalar<string> HostName { get; } = Text(
        "the name of a machine such as weft.example.net",
        "^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$",
        text => Uri.CheckHostName(text) == UriHostNameType.Dns && text[^1] != '.');

    /// <summary>A multicast group that switches may keep from those who did not join it.</summary>
    public static Scalar<TunnelAddress> Group { get; } = new(
        "a multicast group of more than link scope such as 239.1.1.1 or ff15::1",
        (ScalarNode node, out TunnelAddress value) => TunnelAddress.TryParse(node.Text, out value) && MulticastPlanBuilder.IsTrackable(value),
        () => TextSchema("^[0-9A-Fa-f:.]+$"),
        value => value.ToString());

    public static Scalar<InterfaceAddress> AddressWithPrefix { get; } = new(
        "an IP address with the length of its network's prefix, such as 192.0.2.1/24 or 2001:db8::1/64",
        TryParseInterfaceAddress,
        () => TextSchema("^[0-9A-Fa-f:.]+/[0-9]{1,3}$"),
        value => value.ToString());

    public static Scalar<NetworkAddress> Prefix { get; } = new(
        "a prefix such as 192.0.2.0/24 or 2001:db8::/32 without bits behind it",
        TryParsePrefix,
        () => TextSchema("^[0-9A-Fa-f:.]+/[0-9]{1,3}$"),
        value => value.ToString());

    /// <summary>A whole number in a range.</summary>
    public static Scalar<int> Integer(int least, int most, string unit = "") => new(
        $"a whole number from {least} to {most}{(unit.Length == 0 ? "" : " ")}{unit}",
        (ScalarNode node, out int value) => TryParseInteger(node, out value) && value >= least && value <= most,
        () => new JsonObject { ["type"] = "integer", ["minimum"] = least, ["maximum"] = most },
        value => value)
    {
        Objection = InQuotes,
    };

    /// <summary>A number, or two numbers with '-' between them.</summary>
    public static Scalar<NumberRange> Range(int least, int most) => new(
        $"a whole number from {least} to {most}, or two with '-' between them, the smaller one first",
        (ScalarNode node, out NumberRange value) => TryParseRange(node, out value) && value.First >= least && value.Last <= most && value.First <= value.Last,
        () => new JsonObject { ["anyOf"] = new JsonArray(Integer(least, most).Schema(), TextSchema(RangePattern)) },
        value => value.First == value.Last ? value.First : value.ToString());

    /// <summary>One of a few words.</summary>
    public static Scalar<T> OneOf<T>(params (string Word, T Value)[] words) => new(
        words.Length == 1 ? $"'{words[0].Word}'" : $"one of {string.Join(", ", words.Select(w => w.Word))}",
        (ScalarNode node, out T value) =>
        {
            int found = Array.FindIndex(words, w => w.Word == node.Text);
            value = found >= 0 ? words[found].Value : default!;
            return found >= 0;
        },
        () => new JsonObject { ["enum"] = new JsonArray(words.Select(w => (JsonNode?)w.Word).ToArray()) },
        value => words.First(w => EqualityComparer<T>.Default.Equals(w.Value, value)).Word);

    private static Scalar<string> Text(string expected, string? pattern, Func<string, bool> isValid) => new(
        expected,
        (ScalarNode node, out string value) => isValid(value = node.Text) && !IsOtherType(node),
        () => TextSchema(pattern),
        value => value)
    {
        Objection = node => IsOtherType(node) ? $"{node.Describe()} without quotes is no text in YAML" : null,
    };

    private static string? InQuotes(ScalarNode node) => node.IsPlain ? null : $"{node.Describe()} in quotes is a text in YAML";

    private static bool IsOtherType(ScalarNode node) => node.IsPlain && OtherTypeRegex().IsMatch(node.Text);

    private static JsonObject TextSchema(string? pattern)
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (pattern is not null)
        {
            schema["pattern"] = pattern;
        }

        return schema;
    }

    private static bool TryParseInteger(ScalarNode node, out int value) =>
        int.TryParse(node.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && node.IsPlain;

    private static bool TryParseSpi(string text, out uint value) => text.StartsWith("0x", StringComparison.Ordinal)
        ? uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static bool TryParseRange(ScalarNode node, out NumberRange range)
    {
        range = default;
        if (TryParseInteger(node, out int single))
        {
            range = new NumberRange(single, single);
            return true;
        }

        string[] ends = node.Text.Split('-');
        if (ends.Length != 2
            || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            || !int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out int last))
        {
            return false;
        }

        range = new NumberRange(first, last);
        return true;
    }

    private static bool TryParsePrefix(ScalarNode node, out NetworkAddress value)
    {
        if (IPv4Prefix.TryParse(node.Text, out IPv4Prefix v4))
        {
            value = new NetworkAddress(new TunnelAddress(v4.Address), v4.Length);
            return true;
        }

        bool isV6 = IPv6Prefix.TryParse(node.Text, out IPv6Prefix v6);
        value = isV6 ? new NetworkAddress(new TunnelAddress(v6.Address), v6.Length) : default;
        return isV6;
    }

    private static bool TryParseInterfaceAddress(ScalarNode node, out InterfaceAddress value)
    {
        value = default;
        int slash = node.Text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0
            || !TunnelAddress.TryParse(node.Text.AsSpan(0, slash), out TunnelAddress address)
            || !int.TryParse(node.Text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int length))
        {
            return false;
        }

        value = new InterfaceAddress(address, length);
        return length >= 1 && length <= address.Bits && address.IsUnicast;
    }

    [GeneratedRegex(NamePattern, RegexOptions.CultureInvariant)]
    private static partial Regex NameRegex();

    [GeneratedRegex(DevicePattern, RegexOptions.CultureInvariant)]
    private static partial Regex DeviceRegex();

    /// <summary>What YAML's core schema (YAML 1.2.2 section 10.3.2) resolves to something other than text.</summary>
    [GeneratedRegex("^(~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN))$", RegexOptions.CultureInvariant)]
    private static partial Regex OtherTypeRegex();
}
