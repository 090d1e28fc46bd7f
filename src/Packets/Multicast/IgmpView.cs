namespace Weft.Packets;

/// <summary>A checked view of an IGMP message of version 1, 2 or 3 (RFC 1112, RFC 2236, RFC 3376 section 4).</summary>
/// <remarks>After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place.</remarks>
public readonly ref struct IgmpView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private IgmpView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Type; values beyond the enumeration occur and are ignored (RFC 3376 section 4).</summary>
    public IgmpType Type => (IgmpType)_bytes[0];

    /// <summary>
    /// Version of the protocol: of a query by its length and code (RFC 3376 section 7.1), else by its type; 0 for an unknown type.
    /// </summary>
    public int Version => Type switch
    {
        IgmpType.MembershipQuery when IsVersion3Query => 3,
        IgmpType.MembershipQuery => _bytes[1] == 0 ? 1 : 2,
        IgmpType.ReportV1 => 1,
        IgmpType.ReportV2 or IgmpType.LeaveGroup => 2,
        IgmpType.ReportV3 => 3,
        _ => 0,
    };

    /// <summary>Longest time to wait before answering a query, in tenths of a second.</summary>
    public int MaxResponseTenths => IsVersion3Query ? MulticastCode.Decode8(_bytes[1]) : _bytes[1];

    /// <summary>The group that is asked for, joined or left; 0.0.0.0 in a general query. Meaningless in a version 3 report.</summary>
    public IPv4Address Group => IPv4Address.Read(_bytes[4..]);

    /// <summary>S flag of a version 3 query: routers suppress their timer updates.</summary>
    public bool SuppressRouterProcessing => IsVersion3Query && (_bytes[8] & 8) != 0;

    /// <summary>Querier's robustness variable of a version 3 query, 0 if not given.</summary>
    public int Robustness => IsVersion3Query ? _bytes[8] & 7 : 0;

    /// <summary>Querier's query interval of a version 3 query in seconds, 0 if not given.</summary>
    public int QueryIntervalSeconds => IsVersion3Query ? MulticastCode.Decode8(_bytes[9]) : 0;

    /// <summary>Number of sources in a version 3 query.</summary>
    public int SourceCount => IsVersion3Query ? Wire.U16(_bytes, 10) : 0;

    /// <summary>Group records of a version 3 report, none in any other message.</summary>
    public GroupRecordEnumerator<IPv4Address> Records => Type == IgmpType.ReportV3 ? new(_bytes[IgmpMessage.Length..], Wire.U16(_bytes, 6)) : default;

    /// <summary>True if the whole message adds up.</summary>
    public bool IsChecksumValid => InternetChecksum.IsValid(_bytes);

    private bool IsVersion3Query => Type == IgmpType.MembershipQuery && _bytes.Length >= IgmpMessage.QueryV3Length;

    /// <summary>Source <paramref name="index"/> of a version 3 query.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such source: check <see cref="SourceCount"/>.</exception>
    public IPv4Address SourceAt(int index)
    {
        Wire.AtMost(index, SourceCount - 1, nameof(index));
        return IPv4Address.Read(_bytes[(IgmpMessage.QueryV3Length + (index * IPv4Address.Length))..]);
    }

    /// <summary>
    /// Checks that eight octets are there; of a version 3 query that its sources are whole, of a version 3 report that its
    /// records are. <paramref name="bytes"/> end with the message: cut padding off first.
    /// </summary>
    /// <param name="bytes">The message.</param>
    /// <param name="view">The view, if it is one.</param>
    /// <param name="wholeRecords">
    /// False to take a report of which records are missing too: walking them ends at the first that is not whole, and says so.
    /// </param>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out IgmpView view, bool wholeRecords = true)
    {
        view = default;
        if (bytes.Length < IgmpMessage.Length)
        {
            return false;
        }

        IgmpView candidate = new(bytes);
        if (candidate.Type == IgmpType.MembershipQuery)
        {
            // Between 8 and 12 octets a query is of no version and must be ignored (RFC 3376 section 7.1).
            if (bytes.Length != IgmpMessage.Length
                && bytes.Length < IgmpMessage.QueryV3Length + (candidate.SourceCount * IPv4Address.Length))
            {
                return false;
            }
        }
        else if (candidate.Type == IgmpType.ReportV3 && wholeRecords)
        {
            GroupRecordEnumerator<IPv4Address> records = candidate.Records;
            while (records.MoveNext())
            {
            }

            if (records.IsMalformed)
            {
                return false;
            }
        }

        view = candidate;
        return true;
    }
}
