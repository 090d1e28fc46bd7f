using System.Globalization;
using System.Net;
using System.Text;
using Weft.Host.Config;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Host.Observe.Intrusion;

/// <summary>Records beside alerts: what messages said, and what became of flows.</summary>
internal sealed partial class EveJson
{
    private const int MaxDnsRecords = 64;
    private const ushort DnsResponseBit = 0x8000;

    // Readers of what browsers are told to keep take the name between these.
    private static readonly byte[] FileNameKey = "filename="u8.ToArray();

    private static readonly (ushort Bit, string Name)[] DnsBits = [(DnsResponseBit, "qr"), (0x0400, "aa"), (0x0200, "tc"), (0x0100, "rd"), (0x0080, "ra")];

    private static readonly string[] DnsCodes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"];

    private static readonly (TcpFlags Flag, string Name)[] TcpNames =
        [(TcpFlags.Syn, "syn"), (TcpFlags.Fin, "fin"), (TcpFlags.Rst, "rst"), (TcpFlags.Psh, "psh"), (TcpFlags.Ack, "ack"), (TcpFlags.Urg, "urg"), (TcpFlags.Ece, "ecn"), (TcpFlags.Cwr, "cwr")];

    private readonly byte[] _data = new byte[4096];

    /// <summary>Writes what a message said: <c>http</c> and <c>fileinfo</c>, <c>dns</c>, or <c>tls</c>.</summary>
    /// <param name="conversation">Whose it is.</param>
    /// <param name="message">The message.</param>
    /// <param name="at">Its time on the detector's clock.</param>
    /// <param name="source">Where it comes from.</param>
    public void WriteMessage(in Weft.Ids.Conversation conversation, in AppMessage message, Timestamp at, in EveSource source)
    {
        var wall = new Timestamp(at.Nanoseconds + source.WallOffset);
        switch (conversation.App)
        {
            case AppProtocol.Http:
                WriteHttp(in conversation, in message, wall, in source);
                break;
            case AppProtocol.Dns when source.Has(EveTypes.Dns):
                WriteDns(in conversation, in message, wall, in source);
                break;
            case AppProtocol.Tls when source.Has(EveTypes.Tls):
                Begin(in conversation, wall, in source, "tls", isToServer: true);
                WriteFields("tls"u8, conversation, TlsFields);
                End();
                break;
        }
    }

    /// <summary>Writes what became of a flow.</summary>
    /// <param name="conversation">The flow.</param>
    /// <param name="source">Where it comes from.</param>
    public void WriteFlow(in Weft.Ids.Conversation conversation, in EveSource source)
    {
        var start = new Timestamp(conversation.Began.Nanoseconds + source.WallOffset);
        var end = new Timestamp(conversation.LastSeen.Nanoseconds + source.WallOffset);
        Begin(in conversation, end, in source, "flow", isToServer: true);
        if (conversation.App != AppProtocol.Unknown)
        {
            _json.WriteString("app_proto"u8, conversation.App.ToString().ToLowerInvariant());
        }

        _json.WriteStartObject("flow"u8);
        WriteCounts(in conversation);
        _json.WriteString("start"u8, TimeText(start, TimeFormat) + "+0000");
        _json.WriteString("end"u8, TimeText(end, TimeFormat) + "+0000");
        _json.WriteNumber("age"u8, end.Nanoseconds / Second - start.Nanoseconds / Second);
        _json.WriteString("state"u8, conversation.Stage switch { ConversationStage.Established => "established"u8, ConversationStage.Closed => "closed"u8, _ => "new"u8 });
        _json.WriteString("reason"u8, conversation.End switch { ConversationEnd.Timeout => "timeout"u8, ConversationEnd.Forced => "forced"u8, ConversationEnd.Reused => "tcp_reuse"u8, _ => "shutdown"u8 });
        _json.WriteBoolean("alerted"u8, conversation.HasAlerted);
        if (conversation.IsDropped || conversation.IsPassed)
        {
            _json.WriteString("action"u8, conversation.IsDropped ? "drop"u8 : "pass"u8);
        }

        _json.WriteEndObject();
        if (conversation.Protocol == IpProtocol.Tcp)
        {
            WriteTcp(in conversation);
        }

        End();
    }

    private static string TlsVersionText(int version) => version switch
    {
        0x0200 => "SSLv2",
        0x0300 => "SSLv3",
        0x0301 => "TLSv1",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        0x0304 => "TLS 1.3",
        _ => string.Create(CultureInfo.InvariantCulture, $"0x{version:x4}"),
    };

    private void WriteHttp(in Weft.Ids.Conversation conversation, in AppMessage message, Timestamp wall, in EveSource source)
    {
        // Behind an interim answer the real one follows (RFC 9110 section 15.2).
        if (conversation.Write(AppField.HttpStatus, _text) == 3 && _text[0] == '1' && !_text.AsSpan(0, 3).SequenceEqual("101"u8))
        {
            return;
        }

        if (source.Has(EveTypes.Http))
        {
            Begin(in conversation, wall, in source, "http", isToServer: true);
            _json.WriteNumber("tx_id"u8, message.Number);
            WriteFields("http"u8, conversation, HttpFields, message.BodyBytes);
            End();
        }

        if (message.BodyBytes > 0 && source.Has(EveTypes.FileInfo))
        {
            WriteFile(in conversation, in message, wall, in source);
        }
    }

    private void WriteFile(in Weft.Ids.Conversation conversation, in AppMessage message, Timestamp wall, in EveSource source)
    {
        Begin(in conversation, wall, in source, "fileinfo", message.IsToServer);
        WriteFields("http"u8, conversation, HttpFields, message.BodyBytes);
        _json.WriteString("app_proto"u8, "http"u8);
        _json.WriteStartObject("fileinfo"u8);
        _json.WriteString("filename"u8, FileNameOf(in conversation));
        _json.WriteBoolean("gaps"u8, false);
        _json.WriteString("state"u8, message.IsWhole ? "CLOSED"u8 : "TRUNCATED"u8);
        _json.WriteBoolean("stored"u8, false);
        _json.WriteNumber("size"u8, message.BodyBytes);
        _json.WriteNumber("tx_id"u8, message.Number);
        _json.WriteEndObject();
        End();
    }

    /// <summary>What the server calls the file, or else the path that it was asked for.</summary>
    private string FileNameOf(in Weft.Ids.Conversation conversation)
    {
        ReadOnlySpan<byte> said = _text.AsSpan(0, Math.Max(0, conversation.Write(AppField.HttpContentDisposition, _text)));
        int at = said.IndexOf(FileNameKey);
        if (at >= 0)
        {
            ReadOnlySpan<byte> name = said[(at + FileNameKey.Length)..];
            int end = name.StartsWith("\""u8) ? name[1..].IndexOf((byte)'"') : name.IndexOf((byte)';');
            name = name.StartsWith("\""u8) ? name[1..] : name;
            return Encoding.Latin1.GetString(end < 0 ? name : name[..end]);
        }

        ReadOnlySpan<byte> url = _text.AsSpan(0, Math.Max(0, conversation.Write(AppField.HttpUrl, _text)));
        int query = url.IndexOf((byte)'?');
        return Encoding.Latin1.GetString(query < 0 ? url : url[..query]);
    }

    private void WriteDns(in Weft.Ids.Conversation conversation, in AppMessage message, Timestamp wall, in EveSource source)
    {
        Begin(in conversation, wall, in source, "dns", isToServer: true);
        bool isResponse = (message.DnsFlags & DnsResponseBit) != 0;
        _json.WriteNumber("tx_id"u8, message.Number);
        _json.WriteStartObject("dns"u8);
        _json.WriteNumber("version"u8, 3);
        _json.WriteString("type"u8, isResponse ? "response"u8 : "request"u8);
        _json.WriteNumber("tx_id"u8, message.Number);
        _json.WriteNumber("id"u8, message.DnsId);
        _json.WriteString("flags"u8, message.DnsFlags.ToString("x", CultureInfo.InvariantCulture));
        foreach ((ushort bit, string name) in DnsBits)
        {
            if ((message.DnsFlags & bit) != 0)
            {
                _json.WriteBoolean(name, true);
            }
        }

        int code = message.DnsFlags & 0xF;
        _json.WriteNumber("opcode"u8, message.DnsFlags >> 11 & 0xF);
        _json.WriteString("rcode"u8, code < DnsCodes.Length ? DnsCodes[code] : code.ToString(CultureInfo.InvariantCulture));
        WriteQuestions(in message);
        WriteAnswers(in message);
        _json.WriteEndObject();
        End();
    }

    private void WriteQuestions(in AppMessage message)
    {
        for (int i = 0; i < MaxDnsRecords && message.TryDnsQuestion(i, _text, out int length, out ushort type); i++)
        {
            if (i == 0)
            {
                _json.WriteStartArray("queries"u8);
            }

            _json.WriteStartObject();
            _json.WriteString("rrname"u8, Encoding.Latin1.GetString(_text, 0, length));
            _json.WriteString("rrtype"u8, DnsTypeText(type));
            _json.WriteEndObject();
        }

        if (message.TryDnsQuestion(0, _text, out _, out _))
        {
            _json.WriteEndArray();
        }
    }

    private void WriteAnswers(in AppMessage message)
    {
        for (int i = 0; i < MaxDnsRecords && message.TryDnsAnswer(i, _text, _data, out DnsAnswer answer); i++)
        {
            if (i == 0)
            {
                _json.WriteStartArray("answers"u8);
            }

            _json.WriteStartObject();
            _json.WriteString("rrname"u8, Encoding.Latin1.GetString(_text, 0, answer.NameLength));
            _json.WriteString("rrtype"u8, DnsTypeText(answer.Type));
            _json.WriteNumber("ttl"u8, answer.TimeToLive);
            if (DnsDataText(in answer) is string data)
            {
                _json.WriteString("rdata"u8, data);
            }

            _json.WriteEndObject();
        }

        if (message.TryDnsAnswer(0, _text, _data, out _))
        {
            _json.WriteEndArray();
        }
    }

    private string? DnsDataText(in DnsAnswer answer) => answer switch
    {
        { Type: 1, DataLength: 4 } or { Type: 28, DataLength: 16 } => new IPAddress(_data.AsSpan(0, answer.DataLength)).ToString(),
        { Type: 2 or 5 or 12 } => Encoding.Latin1.GetString(_data, 0, answer.DataLength),
        { Type: 16, DataLength: > 0 } => Encoding.Latin1.GetString(_data, 1, Math.Min(_data[0], answer.DataLength - 1)),
        _ => null,
    };

    private static string DnsTypeText(ushort type) => type switch
    {
        1 => "A",
        2 => "NS",
        5 => "CNAME",
        6 => "SOA",
        12 => "PTR",
        15 => "MX",
        16 => "TXT",
        28 => "AAAA",
        33 => "SRV",
        41 => "OPT",
        65 => "HTTPS",
        252 => "AXFR",
        255 => "ANY",
        _ => string.Create(CultureInfo.InvariantCulture, $"TYPE{type}"),
    };

    private void WriteTcp(in Weft.Ids.Conversation conversation)
    {
        TcpFlags all = conversation.TcpFlagsToServer | conversation.TcpFlagsToClient;
        _json.WriteStartObject("tcp"u8);
        _json.WriteString("tcp_flags"u8, ((int)all).ToString("x2", CultureInfo.InvariantCulture));
        _json.WriteString("tcp_flags_ts"u8, ((int)conversation.TcpFlagsToServer).ToString("x2", CultureInfo.InvariantCulture));
        _json.WriteString("tcp_flags_tc"u8, ((int)conversation.TcpFlagsToClient).ToString("x2", CultureInfo.InvariantCulture));
        foreach ((TcpFlags flag, string name) in TcpNames)
        {
            if ((all & flag) != 0)
            {
                _json.WriteBoolean(name, true);
            }
        }

        _json.WriteString("state"u8, conversation.Stage switch
        {
            ConversationStage.Closed => "closed"u8,
            ConversationStage.Established => (all & TcpFlags.Fin) != 0 ? "fin_wait1"u8 : "established"u8,
            _ => conversation.IsTcpOpened ? "syn_recv"u8 : "syn_sent"u8,
        });
        _json.WriteEndObject();
    }

    private void WriteCounts(in Weft.Ids.Conversation conversation)
    {
        _json.WriteNumber("pkts_toserver"u8, conversation.PacketsToServer);
        _json.WriteNumber("pkts_toclient"u8, conversation.PacketsToClient);
        _json.WriteNumber("bytes_toserver"u8, conversation.BytesToServer);
        _json.WriteNumber("bytes_toclient"u8, conversation.BytesToClient);
    }

    private void Begin(in Weft.Ids.Conversation conversation, Timestamp wall, in EveSource source, string type, bool isToServer)
    {
        // A flow has no packet of its own.
        bool isPacket = type != "flow";
        WriteOrigin(wall, isPacket ? source.PcapCount : null, in source, type);
        bool isSix = conversation.IpVersion == 6;
        bool hasPorts = conversation.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp;
        _json.WriteString("src_ip"u8, AddressText(isToServer ? conversation.Client : conversation.Server, isSix));
        WritePort("src_port"u8, isToServer ? conversation.ClientPort : conversation.ServerPort, hasPorts);
        _json.WriteString("dest_ip"u8, AddressText(isToServer ? conversation.Server : conversation.Client, isSix));
        WritePort("dest_port"u8, isToServer ? conversation.ServerPort : conversation.ClientPort, hasPorts);
        _json.WriteString("proto"u8, ProtocolText(conversation.Protocol));
        _json.WriteNumber("ip_v"u8, isSix ? 6 : 4);
        if (isPacket)
        {
            _json.WriteString("pkt_src"u8, "wire/pcap"u8);
        }
    }
}
