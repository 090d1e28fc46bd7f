namespace Weft.Packets;

/// <summary>
/// One group record of an IGMPv3 report (RFC 3376 section 4.2.4) or an MLDv2 report (RFC 3810 section 5.2.4): the two differ in
/// the length of their addresses alone.
/// </summary>
/// <typeparam name="TAddress"><see cref="IPv4Address"/> in IGMP, <see cref="IPv6Address"/> in MLD.</typeparam>
public readonly ref struct GroupRecord<TAddress>
    where TAddress : struct, IInternetAddress<TAddress>
{
    internal const int FixedLength = 4;

    private readonly ReadOnlySpan<byte> _bytes;

    internal GroupRecord(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Type; values beyond the enumeration must be ignored.</summary>
    public GroupRecordType Type => (GroupRecordType)_bytes[0];

    /// <summary>The group.</summary>
    public TAddress Group => TAddress.Read(_bytes[FixedLength..]);

    /// <summary>Number of sources.</summary>
    public int SourceCount => Wire.U16(_bytes, 2);

    internal static int HeaderLength => FixedLength + TAddress.Octets;

    /// <summary>Source <paramref name="index"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such source: check <see cref="SourceCount"/>.</exception>
    public TAddress SourceAt(int index)
    {
        Wire.AtMost(index, SourceCount - 1, nameof(index));
        return TAddress.Read(_bytes[(HeaderLength + (index * TAddress.Octets))..]);
    }
}
