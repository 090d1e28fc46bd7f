using Weft.Ids;
using Weft.Packets;

namespace Weft.Conformance.IdsTests;

/// <summary>An alert as the cases of suricata-verify ask for it.</summary>
public sealed record VerifyAlert(Alert Alert, string Message, bool IsInline)
{
    /// <summary>True if the alert is as asked; what a log leaves out of it is not the detector's.</summary>
    public bool Matches(string key, string value) => value == "null" || key switch
    {
        "alert.signature_id" => Alert.Sid.ToString() == value,
        "alert.signature" => Message == value,
        "alert.gid" => Alert.Gid.ToString() == value,
        "alert.rev" => Alert.Rev.ToString() == value,
        "alert.action" => (Alert.IsBlocked ? "blocked" : "allowed") == value,
        "pcap_cnt" => IsPacket(value),
        "src_ip" => IsAddress(Alert.Source, value),
        "dest_ip" => IsAddress(Alert.Destination, value),
        "src_port" => Alert.SourcePort.ToString() == value,
        "dest_port" => Alert.DestinationPort.ToString() == value,
        "proto" => ProtocolName(Alert.Protocol) == value,
        "app_proto" => Alert.App.ToString().Equals(value, StringComparison.OrdinalIgnoreCase),
        _ => true,
    };

    // Suricata tells of a stream with the next packet of its direction; here the acknowledgment before it is enough.
    private bool IsPacket(string value) =>
        ulong.TryParse(value, out ulong number) && (Alert.PacketNumber == number || (!IsInline && Alert.Matched != AlertSource.Packet && Alert.PacketNumber < number));

    private static string ProtocolName(IpProtocol protocol) => protocol switch
    {
        IpProtocol.IPv4 => "IP-in-IP",
        IpProtocol.IcmpV6 => "IPv6-ICMP",
        _ => protocol.ToString().ToUpperInvariant(),
    };

    private static bool IsAddress(IPv6Address address, string text) =>
        IPv4Address.TryParse(text, out IPv4Address four) ? address == new IPv6Address(0, 0xFFFF_0000_0000UL | four.Value) : IPv6Address.TryParse(text, out IPv6Address six) && address == six;
}
