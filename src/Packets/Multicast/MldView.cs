namespace Weft.Packets;

/// <summary>A checked view of an MLD message of version 1 or 2 (RFC 2710 section 3, RFC 3810 section 5).</summary>
/// <remarks>
/// After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place. A hop limit of 1, a
/// link-local source and the router alert option are the caller's to check, the checksum with <see cref="IcmpV6View"/>.
/// </remarks>
public readonly ref struct MldView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private MldView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Type.</summary>
    public IcmpV6Type Type => (IcmpV6Type)_bytes[0];

    /// <summary>Version of the protocol: of a query by its length (RFC 3810 section 8.1), else by its type.</summary>
    public int Version => Type == IcmpV6Type.MulticastListenerReportV2 || IsVersion2Query ? 2 : 1;

    /// <summary>Longest time to wait before answering a query, in milliseconds.</summary>
    public int MaxResponseMilliseconds => IsVersion2Query ? MulticastCode.Decode16(Wire.U16(_bytes, 4)) : Wire.U16(_bytes, 4);

    /// <summary>The group that is asked for, joined or left; :: in a general query and in a version 2 report.</summary>
    public IPv6Address Group => Type == IcmpV6Type.MulticastListenerReportV2 ? default : IPv6Address.Read(_bytes[8..]);

    /// <summary>S flag of a version 2 query: routers suppress their timer updates.</summary>
    public bool SuppressRouterProcessing => IsVersion2Query && (_bytes[24] & 8) != 0;

    /// <summary>Querier's robustness variable of a version 2 query, 0 if not given.</summary>
    public int Robustness => IsVersion2Query ? _bytes[24] & 7 : 0;

    /// <summary>Querier's query interval of a version 2 query in seconds, 0 if not given.</summary>
    public int QueryIntervalSeconds => IsVersion2Query ? MulticastCode.Decode8(_bytes[25]) : 0;

    /// <summary>Number of sources in a version 2 query.</summary>
    public int SourceCount => IsVersion2Query ? Wire.U16(_bytes, 26) : 0;

    /// <summary>Group records of a version 2 report, none in any other message.</summary>
    public GroupRecordEnumerator<IPv6Address> Records =>
        Type == IcmpV6Type.MulticastListenerReportV2 ? new(_bytes[MldMessage.ReportV2Length..], Wire.U16(_bytes, 6)) : default;

    private bool IsVersion2Query => Type == IcmpV6Type.MulticastListenerQuery && _bytes.Length >= MldMessage.QueryV2Length;

    /// <summary>Source <paramref name="index"/> of a version 2 query.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such source: check <see cref="SourceCount"/>.</exception>
    public IPv6Address SourceAt(int index)
    {
        Wire.AtMost(index, SourceCount - 1, nameof(index));
        return IPv6Address.Read(_bytes[(MldMessage.QueryV2Length + (index * IPv6Address.Length))..]);
    }

    /// <summary>
    /// Checks that the ICMPv6 message is one of MLD and whole with its sources or records. <paramref name="bytes"/> end with the
    /// message: cut padding off first.
    /// </summary>
    /// <param name="bytes">The message.</param>
    /// <param name="view">The view, if it is one.</param>
    /// <param name="wholeRecords">
    /// False to take a report of which records are missing too: walking them ends at the first that is not whole, and says so.
    /// </param>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out MldView view, bool wholeRecords = true)
    {
        view = default;
        if (bytes.Length < MldMessage.ReportV2Length)
        {
            return false;
        }

        MldView candidate = new(bytes);
        bool valid = candidate.Type switch
        {
            // Between 24 and 28 octets a query is of no version and must be ignored (RFC 3810 section 8.1).
            IcmpV6Type.MulticastListenerQuery => bytes.Length == MldMessage.Length
                || (bytes.Length >= MldMessage.QueryV2Length
                    && bytes.Length >= MldMessage.QueryV2Length + (candidate.SourceCount * IPv6Address.Length)),
            IcmpV6Type.MulticastListenerReport or IcmpV6Type.MulticastListenerDone => bytes.Length >= MldMessage.Length,
            IcmpV6Type.MulticastListenerReportV2 => !wholeRecords || AreWhole(candidate.Records),
            _ => false,
        };
        view = valid ? candidate : default;
        return valid;
    }

    private static bool AreWhole(GroupRecordEnumerator<IPv6Address> records)
    {
        while (records.MoveNext())
        {
        }

        return !records.IsMalformed;
    }
}
