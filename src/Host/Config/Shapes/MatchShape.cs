using System.Globalization;
using System.Text.Json.Nodes;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;
using Weft.Packets;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys by which rules say which packets they are about.</summary>
internal static class MatchShape
{
    private const int MaxPort = 65_535, MaxDscp = 63, MaxNames = 64;
    private const int LeastEtherType = 0x0600;

    private static readonly (string Word, EtherType Value)[] EtherTypeWords =
        [("arp", Packets.EtherType.Arp), ("ipv4", Packets.EtherType.IPv4), ("ipv6", Packets.EtherType.IPv6), ("802.3", Packets.EtherType.None)];

    /// <summary>RFC 2474, RFC 2597, RFC 3246, RFC 5865, RFC 8622.</summary>
    private static readonly Dictionary<string, int> DscpWords = Words();

    /// <summary>A differentiated services code point.</summary>
    public static Scalar<int> Dscp { get; } = new(
        "a code point from 0 to 63, or one of ef, va, le, cs0 to cs7, af11 to af43",
        TryParseDscp,
        () => DscpSchema(),
        value => value);

    /// <summary>The schema of a code point, or the word copy.</summary>
    public static JsonObject DscpOrCopySchema() => DscpSchema("copy");

    private static Scalar<EtherType> EtherType { get; } = new(
        "one of arp, ipv4, ipv6, 802.3, or a number from 1536 to 65535, decimal or hexadecimal such as 0x88cc",
        TryParseEtherType,
        () => new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["enum"] = new JsonArray([.. EtherTypeWords.Select(word => (JsonNode?)word.Word)]) }, new JsonObject { ["type"] = "integer", ["minimum"] = LeastEtherType, ["maximum"] = MaxPort }, new JsonObject { ["type"] = "string", ["pattern"] = "^0x[0-9A-Fa-f]{1,4}$" }) },
        value => (int)value);

    /// <summary>The keys, to stand beside those that say what becomes of the packets.</summary>
    public static Field<T>[] Fields<T>(string name)
        where T : MatchSection =>
    [
        new ScalarField<T, string>("name", name, Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarListField<T, string>("source", "Names of address groups: who sends.", Scalars.Name, MaxNames, "anybody", s => s.Source),
        new ScalarListField<T, string>("destination", "Names of address groups: to whom.", Scalars.Name, MaxNames, "anybody", s => s.Destination),
        new ScalarListField<T, string>("services", "Names of service groups, instead of 'protocol' and 'ports'.", Scalars.Name, MaxNames, "all", s => s.Services),
        new ScalarField<T, IpProtocol>("protocol", "Transport protocol.", ServiceShape.Protocol, (s, v) => s.Protocol = v).IfAbsent("every protocol"),
        new ScalarListField<T, NumberRange>("sourcePorts", "Source ports of TCP, UDP or SCTP.", Scalars.Range(0, MaxPort), MaxNames, "every port", s => s.SourcePorts),
        new ScalarListField<T, NumberRange>("ports", "Destination ports of TCP, UDP or SCTP.", Scalars.Range(0, MaxPort), MaxNames, "every port", s => s.Ports),
        new ScalarField<T, int>("icmpType", "Type of ICMP or ICMPv6.", Scalars.Integer(0, 255), (s, v) => s.IcmpType = v).IfAbsent("every type"),
        new ScalarField<T, int>("icmpCode", "Code of ICMP or ICMPv6.", Scalars.Integer(0, 255), (s, v) => s.IcmpCode = v).IfAbsent("every code"),
        new ScalarField<T, EtherType>("etherType", "EtherType behind VLAN tags; 802.3 for frames that have a length in its place.", EtherType, (s, v) => s.EtherType = v).IfAbsent("every EtherType"),
        new ScalarField<T, int>("dscp", "Differentiated services code point (RFC 2474).", Dscp, (s, v) => s.Dscp = v).IfAbsent("every code point"),
        new ScalarField<T, bool>("established", "true: TCP segments with ACK or RST alone. false: everything else.", Scalars.Boolean, (s, v) => s.Established = v).IfAbsent("both"),
        new ScalarField<T, bool>("fragments", "true: fragments that are not the first, alone. false: everything else.", Scalars.Boolean, (s, v) => s.Fragments = v).IfAbsent("both"),
    ];

    private static JsonObject DscpSchema(params string[] more) => new()
    {
        ["anyOf"] = new JsonArray(
            new JsonObject { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = MaxDscp },
            new JsonObject { ["enum"] = new JsonArray([.. DscpWords.Keys.Concat(more).Order(StringComparer.Ordinal).Select(word => (JsonNode?)word)]) }),
    };

    private static Dictionary<string, int> Words()
    {
        var words = new Dictionary<string, int>(StringComparer.Ordinal) { ["ef"] = 46, ["va"] = 44, ["le"] = 1 };
        for (int of = 0; of < 8; of++)
        {
            words[$"cs{of}"] = of << 3;
        }

        for (int of = 1; of <= 4; of++)
        {
            for (int drop = 1; drop <= 3; drop++)
            {
                words[$"af{of}{drop}"] = (of << 3) | (drop << 1);
            }
        }

        return words;
    }

    private static bool TryParseDscp(ScalarNode node, out int value) =>
        DscpWords.TryGetValue(node.Text, out value) || (node.IsPlain && int.TryParse(node.Text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= MaxDscp);

    private static bool TryParseEtherType(ScalarNode node, out EtherType value)
    {
        int word = Array.FindIndex(EtherTypeWords, known => known.Word == node.Text);
        value = word >= 0 ? EtherTypeWords[word].Value : default;
        if (word >= 0)
        {
            return true;
        }

        bool isNumber = node.Text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? int.TryParse(node.Text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int number)
            : int.TryParse(node.Text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        value = (EtherType)number;
        return isNumber && number is >= LeastEtherType and <= MaxPort;
    }
}
