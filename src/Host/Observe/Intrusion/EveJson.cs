using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Weft.Host.Datapath.Intrusion;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Host.Observe.Intrusion;

/// <summary>Alerts as lines of EVE JSON, with the names that Suricata's schema gives their fields.</summary>
internal sealed class EveJson : IDisposable
{
    private readonly Utf8JsonWriter _json;
    private readonly IBufferWriter<byte> _to;

    public EveJson(IBufferWriter<byte> to)
    {
        _to = to;
        _json = new Utf8JsonWriter(to, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>Writes one alert and the end of the line.</summary>
    /// <param name="what">The alert.</param>
    /// <param name="wall">Its time since the Unix epoch.</param>
    /// <param name="pcapCount">Number of its packet in the capture, if there is one.</param>
    public void WriteAlert(in IdsEvent what, Timestamp wall, long? pcapCount = null)
    {
        Begin(what, wall, pcapCount, "alert");
        Rule? rule = what.Rules.Find(what.Alert.Gid, what.Alert.Sid);
        _json.WriteStartObject("alert"u8);
        _json.WriteString("action"u8, what.Verdict == Verdict.Accept ? "allowed"u8 : "blocked"u8);
        _json.WriteNumber("gid"u8, what.Alert.Gid);
        _json.WriteNumber("signature_id"u8, what.Alert.Sid);
        _json.WriteNumber("rev"u8, what.Alert.Rev);
        _json.WriteString("signature"u8, rule?.Message ?? "");
        _json.WriteString("category"u8, rule is null ? "" : what.Rules.CategoryOf(rule));
        _json.WriteNumber("severity"u8, rule is null ? what.Alert.Priority : what.Rules.PriorityOf(rule));
        _json.WriteEndObject();
        End();
    }

    public void Dispose() => _json.Dispose();

    private void Begin(in IdsEvent what, Timestamp wall, long? pcapCount, string type)
    {
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("timestamp"u8, TimeText(wall, "yyyy-MM-dd'T'HH:mm:ss.ffffff") + "+0000");
        // Readers that keep numbers as floating point have 53 bits for it.
        _json.WriteNumber("flow_id"u8, what.Conversation >> 11);
        if (what.Interface.Length > 0)
        {
            _json.WriteString("in_iface"u8, what.Interface);
        }

        if (pcapCount is long count)
        {
            _json.WriteNumber("pcap_cnt"u8, count);
        }

        _json.WriteString("event_type"u8, type);
        if (what.Vlan != 0)
        {
            _json.WriteStartArray("vlan"u8);
            _json.WriteNumberValue(what.Vlan);
            _json.WriteEndArray();
        }

        bool hasPorts = what.Alert.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp;
        _json.WriteString("src_ip"u8, AddressText(what.Alert.Source));
        WritePort("src_port"u8, what.Alert.SourcePort, hasPorts);
        _json.WriteString("dest_ip"u8, AddressText(what.Alert.Destination));
        WritePort("dest_port"u8, what.Alert.DestinationPort, hasPorts);
        _json.WriteString("proto"u8, ProtocolText(what.Alert.Protocol));
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _to.Write("\n"u8);
    }

    private void WritePort(ReadOnlySpan<byte> name, ushort port, bool hasPorts)
    {
        if (hasPorts)
        {
            _json.WriteNumber(name, port);
        }
    }

    internal static string TimeText(Timestamp wall, string format) =>
        DateTime.UnixEpoch.AddTicks(wall.Nanoseconds / Timestamp.NanosecondsPerTick).ToString(format, CultureInfo.InvariantCulture);

    /// <summary>An address as people write it: an IPv4 address without what maps it into IPv6 (RFC 4291 section 2.5.5.2).</summary>
    internal static string AddressText(IPv6Address address) =>
        address.High == 0 && address.Low >> 32 == 0xFFFF ? new IPv4Address((uint)address.Low).ToString() : address.ToString();

    internal static string ProtocolText(IpProtocol protocol) => protocol switch
    {
        IpProtocol.Tcp => "TCP",
        IpProtocol.Udp => "UDP",
        IpProtocol.Icmp => "ICMP",
        IpProtocol.IcmpV6 => "IPv6-ICMP",
        IpProtocol.Sctp => "SCTP",
        _ => ((int)protocol).ToString("D3", CultureInfo.InvariantCulture),
    };
}
