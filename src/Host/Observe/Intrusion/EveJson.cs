using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Weft.Host.Config;
using Weft.Host.Datapath.Intrusion;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Host.Observe.Intrusion;

/// <summary>Alerts, messages of applications and flows as lines of EVE JSON, with the names that Suricata's schema gives their fields.</summary>
internal sealed partial class EveJson : IDisposable
{
    private const long Second = 1_000_000_000;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff";

    private static readonly (AppField, string)[] HttpFields =
    [
        (AppField.HttpHost, "hostname"), (AppField.HttpUrl, "url"), (AppField.HttpUserAgent, "http_user_agent"), (AppField.HttpContentType, "http_content_type"),
        (AppField.HttpReferer, "http_refer"), (AppField.HttpMethod, "http_method"), (AppField.HttpProtocol, "protocol"), (AppField.HttpStatus, "status"), (AppField.HttpLocation, "redirect"),
    ];

    private static readonly (AppField, string)[] TlsFields =
        [(AppField.TlsSubject, "subject"), (AppField.TlsIssuer, "issuerdn"), (AppField.TlsServerName, "sni"), (AppField.TlsVersion, "version")];

    private readonly byte[] _text = new byte[4096];
    private readonly Utf8JsonWriter _json;
    private readonly IBufferWriter<byte> _to;
    private (ulong Conversation, Timestamp At) _lastDropped;

    public EveJson(IBufferWriter<byte> to)
    {
        _to = to;
        _json = new Utf8JsonWriter(to, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>Writes one alert with what is known of its conversation, and that its packet was dropped if it was.</summary>
    /// <param name="what">The alert.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="conversation">The conversation; all zero if it is not remembered.</param>
    public void WriteAlert(in IdsEvent what, in EveSource source, in Weft.Ids.Conversation conversation)
    {
        var wall = new Timestamp(what.At.Nanoseconds + source.WallOffset);
        if (source.Has(EveTypes.Alert))
        {
            WriteAlert(what, wall, in source, in conversation);
        }

        if (source.Has(EveTypes.Drop))
        {
            WriteDrop(what, wall, in source);
        }
    }

    private void WriteAlert(in IdsEvent what, Timestamp wall, in EveSource source, in Weft.Ids.Conversation conversation)
    {
        WriteHead(what, wall, in source);
        if (conversation.Id != 0)
        {
            WriteFields("http"u8, conversation, HttpFields);
            WriteFields("tls"u8, conversation, TlsFields);
            bool isSix = what.Alert.IpVersion == 6;
            _json.WriteStartObject("flow"u8);
            WriteCounts(in conversation);
            _json.WriteString("start"u8, TimeText(new Timestamp(conversation.Began.Nanoseconds + source.WallOffset), TimeFormat) + "+0000");
            _json.WriteString("src_ip"u8, AddressText(conversation.Client, isSix));
            _json.WriteString("dest_ip"u8, AddressText(conversation.Server, isSix));
            _json.WriteNumber("src_port"u8, conversation.ClientPort);
            _json.WriteNumber("dest_port"u8, conversation.ServerPort);
            _json.WriteEndObject();
        }

        End();
    }

    /// <summary>Writes that a packet was dropped, once however many rules asked for it.</summary>
    private void WriteDrop(in IdsEvent what, Timestamp wall, in EveSource source)
    {
        if (!what.Alert.IsBlocked || _lastDropped == (what.Conversation, what.At))
        {
            return;
        }

        _lastDropped = (what.Conversation, what.At);
        Begin(what, wall, in source, "drop");
        _json.WriteString("direction"u8, what.Alert.IsToServer ? "to_server"u8 : "to_client"u8);
        _json.WriteStartObject("drop"u8);
        _json.WriteString("reason"u8, "rules"u8);
        _json.WriteEndObject();
        WriteRule(what);
        End();
    }

    private void WriteFields(ReadOnlySpan<byte> name, in Weft.Ids.Conversation conversation, (AppField Field, string Name)[] fields, long? length = null)
    {
        bool any = false;
        foreach ((AppField field, string key) in fields)
        {
            int written = conversation.Write(field, _text);
            if (written < 0)
            {
                continue;
            }

            string text = field == AppField.TlsVersion ? TlsVersionText(_text[0] << 8 | _text[1]) : System.Text.Encoding.Latin1.GetString(_text, 0, written);
            bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
            if (field == AppField.HttpStatus && !isNumber)
            {
                continue;
            }

            if (!any)
            {
                _json.WriteStartObject(name);
                any = true;
            }

            if (field == AppField.HttpStatus)
            {
                _json.WriteNumber(key, number);
            }
            else
            {
                _json.WriteString(key, text);
            }
        }

        if (any && length is long bytes)
        {
            _json.WriteNumber("length"u8, bytes);
        }

        if (any)
        {
            _json.WriteEndObject();
        }
    }

    private void WriteHead(in IdsEvent what, Timestamp wall, in EveSource source)
    {
        Begin(what, wall, in source, "alert");
        if (what.Alert.Matched == AlertSource.Message)
        {
            _json.WriteNumber("tx_id"u8, what.Alert.Message);
        }

        WriteRule(what);
        if (what.Alert.App != AppProtocol.Unknown)
        {
            _json.WriteString("app_proto"u8, what.Alert.App.ToString().ToLowerInvariant());
        }

        _json.WriteString("direction"u8, what.Alert.IsToServer ? "to_server"u8 : "to_client"u8);
    }

    private void WriteRule(in IdsEvent what)
    {
        Rule? rule = what.Rules.Find(what.Alert.Gid, what.Alert.Sid);
        _json.WriteStartObject("alert"u8);
        _json.WriteString("action"u8, what.Alert.IsBlocked ? "blocked"u8 : "allowed"u8);
        _json.WriteNumber("gid"u8, what.Alert.Gid);
        _json.WriteNumber("signature_id"u8, what.Alert.Sid);
        _json.WriteNumber("rev"u8, what.Alert.Rev);
        _json.WriteString("signature"u8, rule?.Message ?? "");
        _json.WriteString("category"u8, rule is null ? "" : what.Rules.CategoryOf(rule));
        _json.WriteNumber("severity"u8, rule is null ? what.Alert.Priority : what.Rules.PriorityOf(rule));
        _json.WriteEndObject();
    }

    public void Dispose() => _json.Dispose();

    private void Begin(in IdsEvent what, Timestamp wall, in EveSource source, string type)
    {
        WriteOrigin(wall, source.PcapCount, in source, type);
        bool isSix = what.Alert.IpVersion == 6;
        bool hasPorts = what.Alert.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp;
        _json.WriteString("src_ip"u8, AddressText(what.Alert.Source, isSix));
        WritePort("src_port"u8, what.Alert.SourcePort, hasPorts);
        _json.WriteString("dest_ip"u8, AddressText(what.Alert.Destination, isSix));
        WritePort("dest_port"u8, what.Alert.DestinationPort, hasPorts);
        _json.WriteString("proto"u8, ProtocolText(what.Alert.Protocol));
        _json.WriteNumber("ip_v"u8, isSix ? 6 : 4);
        _json.WriteString("pkt_src"u8, "wire/pcap"u8);
    }

    private void WriteOrigin(Timestamp wall, long? pcapCount, in EveSource source, string type)
    {
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("timestamp"u8, TimeText(wall, TimeFormat) + "+0000");
        _json.WriteNumber("flow_id"u8, source.FlowId);
        if (source.Interface.Length > 0)
        {
            _json.WriteString("in_iface"u8, source.Interface);
        }

        if (pcapCount is long count)
        {
            _json.WriteNumber("pcap_cnt"u8, count);
        }

        _json.WriteString("event_type"u8, type);
        if (source.Vlan != 0)
        {
            _json.WriteStartArray("vlan"u8);
            _json.WriteNumberValue(source.Vlan);
            _json.WriteEndArray();
        }
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

    /// <summary>An address as Suricata writes it: IPv4 without what maps it into IPv6 (RFC 4291 section 2.5.5.2), IPv6 with every digit.</summary>
    internal static string AddressText(IPv6Address address, bool isSix) => !isSix && address.High == 0 && address.Low >> 32 == 0xFFFF
        ? new IPv4Address((uint)address.Low).ToString()
        : string.Create(CultureInfo.InvariantCulture, $"{Groups(address.High)}:{Groups(address.Low)}");

    private static string Groups(ulong half) =>
        string.Create(CultureInfo.InvariantCulture, $"{(ushort)(half >> 48):x4}:{(ushort)(half >> 32):x4}:{(ushort)(half >> 16):x4}:{(ushort)half:x4}");

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
