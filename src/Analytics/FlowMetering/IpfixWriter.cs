using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Analytics;

/// <summary>
/// Writes messages of IPFIX (RFC 7011) for flow reports: templates for IPv4 and IPv6, and one data record for each direction in
/// which something was seen. The caller sends them, over UDP one a datagram, and says when templates are due again.
/// </summary>
public sealed class IpfixWriter
{
    /// <summary>Bytes of a message that carries both templates.</summary>
    public const int TemplateMessageBytes = HeaderBytes + SetHeaderBytes + 2 * (4 + 4 * FieldCount);

    /// <summary>Bytes of the shortest buffer that holds a report, both ways.</summary>
    public const int MinDataBytes = HeaderBytes + SetHeaderBytes + 2 * RecordBytes6;

    private const ushort Version = 10;
    private const ushort TemplateSet = 2;
    private const ushort Template4 = 256;
    private const ushort Template6 = 257;
    private const int HeaderBytes = 16;
    private const int SetHeaderBytes = 4;
    private const int FieldCount = 10;
    private const int RecordBytes4 = 4 + 4 + 2 + 2 + 1 + 8 + 8 + 8 + 8 + 1;
    private const int RecordBytes6 = RecordBytes4 + 24;

    // Elements of IANA's registry with their lengths: addresses, ports, protocol, octets, packets, start and end in milliseconds, reason.
    private static readonly (ushort Element, ushort Length)[] Fields4 = [(8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (1, 8), (2, 8), (152, 8), (153, 8), (136, 1)];
    private static readonly (ushort Element, ushort Length)[] Fields6 = [(27, 16), (28, 16), .. Fields4[2..]];

    private readonly uint _domain;
    private uint _sequence;

    /// <summary>Creates a writer.</summary>
    /// <param name="observationDomain">Tells this switch's records from others' at the collector.</param>
    public IpfixWriter(uint observationDomain) => _domain = observationDomain;

    /// <summary>Data records written so far, modulo 2^32 (RFC 7011 section 3.1).</summary>
    public uint Sequence => _sequence;

    /// <summary>Writes a message with both templates. Over UDP they are sent again every few minutes (section 8.4).</summary>
    /// <param name="message">At least <see cref="TemplateMessageBytes"/>.</param>
    /// <param name="unixSeconds">The wall clock.</param>
    /// <returns>Bytes written.</returns>
    public int WriteTemplates(Span<byte> message, uint unixSeconds)
    {
        int at = HeaderBytes + SetHeaderBytes;
        foreach ((ushort id, (ushort Element, ushort Length)[] fields) in (ReadOnlySpan<(ushort, (ushort, ushort)[])>)[(Template4, Fields4), (Template6, Fields6)])
        {
            BinaryPrimitives.WriteUInt16BigEndian(message[at..], id);
            BinaryPrimitives.WriteUInt16BigEndian(message[(at + 2)..], (ushort)fields.Length);
            at += 4;
            foreach ((ushort element, ushort length) in fields)
            {
                BinaryPrimitives.WriteUInt16BigEndian(message[at..], element);
                BinaryPrimitives.WriteUInt16BigEndian(message[(at + 2)..], length);
                at += 4;
            }
        }

        WriteSetHeader(message[HeaderBytes..], TemplateSet, at - HeaderBytes);
        WriteHeader(message, at, unixSeconds);
        return at;
    }

    /// <summary>Writes a message with as many reports as fit, of the family of the first.</summary>
    /// <param name="reports">At least one.</param>
    /// <param name="message">At least <see cref="MinDataBytes"/>.</param>
    /// <param name="unixSeconds">The wall clock.</param>
    /// <param name="clockOffsetMilliseconds">What turns a report's times into milliseconds since 1970.</param>
    /// <param name="written">Bytes written.</param>
    /// <returns>Reports that are in it; the others go into the next message.</returns>
    public int WriteData(ReadOnlySpan<FlowReport> reports, Span<byte> message, uint unixSeconds, long clockOffsetMilliseconds, out int written)
    {
        bool isIPv4 = IsMapped(reports[0]);
        int recordBytes = isIPv4 ? RecordBytes4 : RecordBytes6;
        int at = HeaderBytes + SetHeaderBytes;
        int done = 0;
        uint records = 0;
        for (; done < reports.Length && at + 2 * recordBytes <= message.Length && IsMapped(reports[done]) == isIPv4; done++)
        {
            ref readonly FlowReport report = ref reports[done];
            if (report.Packets > 0)
            {
                at += WriteRecord(message[at..], report.Key, report.Packets, report.Bytes, report, clockOffsetMilliseconds, isIPv4);
                records++;
            }

            if (report.ReversePackets > 0)
            {
                at += WriteRecord(message[at..], report.Key.Reversed, report.ReversePackets, report.ReverseBytes, report, clockOffsetMilliseconds, isIPv4);
                records++;
            }
        }

        WriteSetHeader(message[HeaderBytes..], isIPv4 ? Template4 : Template6, at - HeaderBytes);
        WriteHeader(message, at, unixSeconds);
        // The header carries the number of records before this message.
        _sequence += records;
        written = at;
        return done;
    }

    private static bool IsMapped(in FlowReport report) => report.Key.Source.High == 0 && report.Key.Source.Low >> 32 == 0xFFFF;

    private static int WriteRecord(Span<byte> record, in FlowKey6 key, long packets, long bytes, in FlowReport report, long offset, bool isIPv4)
    {
        int at = WriteAddress(record, key.Source, isIPv4);
        at += WriteAddress(record[at..], key.Destination, isIPv4);
        BinaryPrimitives.WriteUInt16BigEndian(record[at..], key.SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(record[(at + 2)..], key.DestinationPort);
        record[at + 4] = (byte)key.Protocol;
        BinaryPrimitives.WriteInt64BigEndian(record[(at + 5)..], bytes);
        BinaryPrimitives.WriteInt64BigEndian(record[(at + 13)..], packets);
        BinaryPrimitives.WriteInt64BigEndian(record[(at + 21)..], report.First.Nanoseconds / 1_000_000 + offset);
        BinaryPrimitives.WriteInt64BigEndian(record[(at + 29)..], report.Last.Nanoseconds / 1_000_000 + offset);
        record[at + 37] = (byte)report.End;
        return at + 38;
    }

    private static int WriteAddress(Span<byte> record, IPv6Address address, bool isIPv4)
    {
        if (isIPv4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(record, (uint)address.Low);
            return 4;
        }

        BinaryPrimitives.WriteUInt64BigEndian(record, address.High);
        BinaryPrimitives.WriteUInt64BigEndian(record[8..], address.Low);
        return 16;
    }

    private static void WriteSetHeader(Span<byte> set, ushort id, int length)
    {
        BinaryPrimitives.WriteUInt16BigEndian(set, id);
        BinaryPrimitives.WriteUInt16BigEndian(set[2..], (ushort)length);
    }

    private void WriteHeader(Span<byte> message, int length, uint unixSeconds)
    {
        BinaryPrimitives.WriteUInt16BigEndian(message, Version);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], (ushort)length);
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], unixSeconds);
        BinaryPrimitives.WriteUInt32BigEndian(message[8..], _sequence);
        BinaryPrimitives.WriteUInt32BigEndian(message[12..], _domain);
    }
}
