namespace Weft.Packets;

/// <summary>Writers of MLD messages (RFC 2710 section 3, RFC 3810 section 5); the checksum is always filled in.</summary>
public static class MldMessage
{
    /// <summary>Octets of a message of version 1.</summary>
    public const int Length = 24;

    /// <summary>Octets in front of a version 2 query's sources.</summary>
    public const int QueryV2Length = 28;

    /// <summary>Octets in front of a version 2 report's records.</summary>
    public const int ReportV2Length = 8;

    /// <summary>Writes a message of version 1 and returns <see cref="Length"/>.</summary>
    /// <param name="destination">At least 24 bytes.</param>
    /// <param name="type">Query, report or done.</param>
    /// <param name="maxResponseMilliseconds">Milliseconds to wait before answering a query.</param>
    /// <param name="group">The group, :: in a general query.</param>
    /// <param name="source">Source address of the IPv6 header.</param>
    /// <param name="receiver">Destination address of the IPv6 header.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public static int Write(
        Span<byte> destination,
        IcmpV6Type type,
        ushort maxResponseMilliseconds,
        IPv6Address group,
        IPv6Address source,
        IPv6Address receiver)
    {
        Span<byte> bytes = Wire.Take(destination, Length);
        group.Write(bytes[8..]);
        return Finish(bytes, type, (uint)maxResponseMilliseconds << 16, source, receiver);
    }

    /// <summary>Writes a version 2 query and returns its octets.</summary>
    /// <param name="destination">At least 28 bytes and 16 a source.</param>
    /// <param name="maxResponseCode">Code of the time to wait (RFC 3810 section 5.1.3); below 32,768 it is milliseconds.</param>
    /// <param name="group">The group, :: in a general query.</param>
    /// <param name="robustness">Robustness variable, 0 to 7.</param>
    /// <param name="queryIntervalCode">Code of the query interval; below 128 it is seconds.</param>
    /// <param name="sources">The sources asked for.</param>
    /// <param name="source">Source address of the IPv6 header.</param>
    /// <param name="receiver">Destination address of the IPv6 header.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short or a field does not fit.</exception>
    public static int WriteQueryV2(
        Span<byte> destination,
        ushort maxResponseCode,
        IPv6Address group,
        byte robustness,
        byte queryIntervalCode,
        ReadOnlySpan<IPv6Address> sources,
        IPv6Address source,
        IPv6Address receiver)
    {
        Wire.AtMost(robustness, 7, nameof(robustness));
        Wire.AtMost(sources.Length, ushort.MaxValue, nameof(sources));
        Span<byte> bytes = Wire.Take(destination, QueryV2Length + (sources.Length * IPv6Address.Length));
        group.Write(bytes[8..]);
        bytes[24] = robustness;
        bytes[25] = queryIntervalCode;
        Wire.Put16(bytes, 26, sources.Length);
        for (int i = 0; i < sources.Length; i++)
        {
            sources[i].Write(bytes[(QueryV2Length + (i * IPv6Address.Length))..]);
        }

        return Finish(bytes, IcmpV6Type.MulticastListenerQuery, (uint)maxResponseCode << 16, source, receiver);
    }

    /// <summary>Writes the head of a version 2 report in front of records that are already in place and returns all octets.</summary>
    /// <param name="message">The whole message: eight bytes for the head, then records made with <see cref="GroupRecordWriter"/>.</param>
    /// <param name="recordCount">Number of records.</param>
    /// <param name="source">Source address of the IPv6 header.</param>
    /// <param name="receiver">Destination address of the IPv6 header, ff02::16.</param>
    /// <exception cref="ArgumentException"><paramref name="message"/> is too short.</exception>
    public static int WriteReportV2(Span<byte> message, ushort recordCount, IPv6Address source, IPv6Address receiver)
    {
        _ = Wire.Take(message, ReportV2Length);
        return Finish(message, IcmpV6Type.MulticastListenerReportV2, recordCount, source, receiver);
    }

    private static int Finish(Span<byte> message, IcmpV6Type type, uint restOfHeader, IPv6Address source, IPv6Address receiver)
    {
        uint pseudoHeader = InternetChecksum.PseudoHeader(source, receiver, IpProtocol.IcmpV6, message.Length);
        _ = new IcmpV6Header(type, 0, restOfHeader).Write(message, pseudoHeader);
        return message.Length;
    }
}
