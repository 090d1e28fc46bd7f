using System.Globalization;
using System.Text;
using Weft.Bridge;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>What neighbours say in octets, as text that is safe to print.</summary>
internal static class LldpWords
{
    private const byte ChassisMac = 4, ChassisNetwork = 5, PortMac = 3, PortNetwork = 4;
    private const byte FamilyIPv4 = 1, FamilyIPv6 = 2, FamilyMac = 6;

    private static readonly string[] Capabilities = ["other", "repeater", "bridge", "wlan-access-point", "router", "telephone", "docsis", "station", "c-vlan", "s-vlan", "two-port-relay"];

    /// <summary>Name of a neighbour's system, or its chassis ID if it said none.</summary>
    public static string SystemOf(LldpNeighbor neighbor) => neighbor.SystemName.IsEmpty ? ChassisOf(neighbor) : Text(neighbor.SystemName);

    public static string ChassisOf(LldpNeighbor neighbor) => neighbor.ChassisSubtype switch
    {
        ChassisMac => Address(FamilyMac, neighbor.Chassis),
        ChassisNetwork => Network(neighbor.Chassis),
        _ => Text(neighbor.Chassis),
    };

    public static string PortOf(LldpNeighbor neighbor) => neighbor.PortSubtype switch
    {
        PortMac => Address(FamilyMac, neighbor.Port),
        PortNetwork => Network(neighbor.Port),
        _ => Text(neighbor.Port),
    };

    public static string? ManagementOf(LldpNeighbor neighbor) => neighbor.ManagementAddress.IsEmpty ? null : Address(neighbor.ManagementFamily, neighbor.ManagementAddress);

    public static IReadOnlyList<string> CapabilitiesOf(LldpNeighbor neighbor) =>
        [.. Capabilities.Index().Where(known => (neighbor.EnabledCapabilities >> known.Index & 1) != 0).Select(known => known.Item)];

    /// <summary>UTF-8 without what could take a terminal over.</summary>
    public static string Text(ReadOnlySpan<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes.TrimEnd((byte)0));
        return text.Any(IsUnsafe) ? string.Concat(text.Select(letter => IsUnsafe(letter) ? '\uFFFD' : letter)) : text;
    }

    private static bool IsUnsafe(char letter) => char.IsControl(letter) || char.GetUnicodeCategory(letter) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Network(ReadOnlySpan<byte> bytes) => Address(bytes[0], bytes[1..]);

    private static string Address(byte family, ReadOnlySpan<byte> bytes) => (family, bytes.Length) switch
    {
        (FamilyMac, MacAddress.Length) => MacAddress.Read(bytes).ToString(),
        (FamilyIPv4, 4) => IPv4Address.Read(bytes).ToString(),
        (FamilyIPv6, 16) => IPv6Address.Read(bytes).ToString(),
        _ => Convert.ToHexStringLower(bytes),
    };
}
