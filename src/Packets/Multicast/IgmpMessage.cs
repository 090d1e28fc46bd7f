namespace Weft.Packets;

/// <summary>Writers of IGMP messages (RFC 2236 section 2, RFC 3376 section 4); the checksum is always filled in.</summary>
public static class IgmpMessage
{
    /// <summary>Octets of a message of version 1 or 2, and in front of a version 3 report's records.</summary>
    public const int Length = 8;

    /// <summary>Octets in front of a version 3 query's sources.</summary>
    public const int QueryV3Length = 12;

    /// <summary>Writes a message of version 1 or 2 and returns <see cref="Length"/>.</summary>
    /// <param name="destination">At least 8 bytes.</param>
    /// <param name="type">Any type but <see cref="IgmpType.ReportV3"/>.</param>
    /// <param name="maxResponseTenths">Tenths of a second to wait before answering a query; 0 makes a query of version 1.</param>
    /// <param name="group">The group, 0.0.0.0 in a general query.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public static int Write(Span<byte> destination, IgmpType type, byte maxResponseTenths, IPv4Address group)
    {
        Span<byte> bytes = Wire.Take(destination, Length);
        WriteHead(bytes, (byte)type, maxResponseTenths);
        group.Write(bytes[4..]);
        return Finish(bytes);
    }

    /// <summary>Writes a version 3 query and returns its octets.</summary>
    /// <param name="destination">At least 12 bytes and 4 a source.</param>
    /// <param name="maxResponseCode">Code of the time to wait (RFC 3376 section 4.1.1); below 128 it is tenths of a second.</param>
    /// <param name="group">The group, 0.0.0.0 in a general query.</param>
    /// <param name="robustness">Robustness variable, 0 to 7.</param>
    /// <param name="queryIntervalCode">Code of the query interval; below 128 it is seconds.</param>
    /// <param name="suppressRouterProcessing">The S flag.</param>
    /// <param name="sources">The sources asked for.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short or a field does not fit.</exception>
    public static int WriteQueryV3(
        Span<byte> destination,
        byte maxResponseCode,
        IPv4Address group,
        byte robustness,
        byte queryIntervalCode,
        bool suppressRouterProcessing,
        ReadOnlySpan<IPv4Address> sources)
    {
        Wire.AtMost(robustness, 7, nameof(robustness));
        Wire.AtMost(sources.Length, ushort.MaxValue, nameof(sources));
        Span<byte> bytes = Wire.Take(destination, QueryV3Length + (sources.Length * IPv4Address.Length));
        WriteHead(bytes, (byte)IgmpType.MembershipQuery, maxResponseCode);
        group.Write(bytes[4..]);
        bytes[8] = (byte)((suppressRouterProcessing ? 8 : 0) | robustness);
        bytes[9] = queryIntervalCode;
        Wire.Put16(bytes, 10, sources.Length);
        for (int i = 0; i < sources.Length; i++)
        {
            sources[i].Write(bytes[(QueryV3Length + (i * IPv4Address.Length))..]);
        }

        return Finish(bytes);
    }

    /// <summary>Writes the head of a version 3 report in front of records that are already in place and returns all octets.</summary>
    /// <param name="message">The whole message: eight bytes for the head, then records made with <see cref="GroupRecordWriter"/>.</param>
    /// <param name="recordCount">Number of records.</param>
    /// <exception cref="ArgumentException"><paramref name="message"/> is too short.</exception>
    public static int WriteReportV3(Span<byte> message, ushort recordCount)
    {
        Span<byte> head = Wire.Take(message, Length);
        WriteHead(head, (byte)IgmpType.ReportV3, 0);
        Wire.Put32(head, 4, recordCount);
        return Finish(message);
    }

    private static void WriteHead(Span<byte> bytes, byte type, byte code)
    {
        bytes[0] = type;
        bytes[1] = code;
        Wire.Put16(bytes, IcmpFacts.ChecksumOffset, 0);
    }

    private static int Finish(Span<byte> bytes)
    {
        Wire.Put16(bytes, IcmpFacts.ChecksumOffset, InternetChecksum.Compute(bytes));
        return bytes.Length;
    }
}
