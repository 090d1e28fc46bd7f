using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Weft.Packets;
using Weft.Sase;

namespace Weft.Host.Observe.Presence;

/// <summary>Records of tenants' sessions as JSON, one a line.</summary>
internal sealed class SessionJson(IBufferWriter<byte> to) : IDisposable
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    private readonly Utf8JsonWriter _json = new(to, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Writes a line.</summary>
    /// <param name="record">What happened.</param>
    /// <param name="pop">Name of the point of presence.</param>
    /// <param name="tenant">Name of the tenant.</param>
    /// <param name="wallOffset">Nanoseconds from the switch's clock to the Unix epoch's.</param>
    public void Write(in SessionRecord record, string pop, string tenant, long wallOffset)
    {
        _json.WriteStartObject();
        WriteTime("time"u8, record.At, wallOffset);
        _json.WriteString("event"u8, EnumWords<SessionRecordKind>.Of(record.Kind));
        _json.WriteString("reason"u8, EnumWords<SessionReason>.Of(record.Reason));
        if (!record.Id.IsNone)
        {
            _json.WriteString("session"u8, record.Id.ToString());
        }

        _json.WriteString("pop"u8, pop);
        _json.WriteString("tenant"u8, tenant);
        _json.WriteNumber("vni"u8, record.Vni);
        _json.WriteString("from"u8, record.FromUplink ? "uplink"u8 : "sites"u8);
        WriteFlow(record);
        if (record.Rule is string rule)
        {
            _json.WriteString("rule"u8, rule);
        }

        if (record.Kind == SessionRecordKind.Ended)
        {
            WriteTime("began"u8, record.Began, wallOffset);
            _json.WriteNumber("packetsForward"u8, record.PacketsForward);
            _json.WriteNumber("bytesForward"u8, record.BytesForward);
            _json.WriteNumber("packetsBackward"u8, record.PacketsBackward);
            _json.WriteNumber("bytesBackward"u8, record.BytesBackward);
        }

        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        to.Write("\n"u8);
    }

    public void Dispose() => _json.Dispose();

    private void WriteFlow(in SessionRecord record)
    {
        FlowKey4 flow = record.Flow;
        _json.WriteString("protocol"u8, flow.Protocol switch
        {
            IpProtocol.Tcp => "tcp",
            IpProtocol.Udp => "udp",
            IpProtocol.Icmp => "icmp",
            _ => ((int)flow.Protocol).ToString(CultureInfo.InvariantCulture),
        });
        WriteEndpoint("source"u8, "sourcePort"u8, flow.Source, flow.SourcePort);
        WriteEndpoint("destination"u8, "destinationPort"u8, flow.Destination, flow.DestinationPort);
        if (record.PublicAddress != IPv4Address.Any)
        {
            WriteEndpoint("publicAddress"u8, "publicPort"u8, record.PublicAddress, record.PublicPort);
        }
    }

    private void WriteEndpoint(ReadOnlySpan<byte> name, ReadOnlySpan<byte> portName, IPv4Address address, ushort port)
    {
        _json.WriteString(name, address.ToString());
        _json.WriteNumber(portName, port);
    }

    private void WriteTime(ReadOnlySpan<byte> name, Timestamp at, long wallOffset) =>
        _json.WriteString(name, DateTime.UnixEpoch.AddTicks((at.Nanoseconds + wallOffset) / Timestamp.NanosecondsPerTick).ToString(TimeFormat, CultureInfo.InvariantCulture));
}
