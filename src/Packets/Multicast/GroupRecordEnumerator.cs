namespace Weft.Packets;

/// <summary>
/// Walks the group records of an IGMPv3 report (RFC 3376 section 4.2.4) or an MLDv2 report (RFC 3810 section 5.2.4); use it
/// with <c>foreach</c>.
/// </summary>
/// <remarks>
/// It ends after the number of records that the report names, or at a record that goes beyond the end: then
/// <see cref="IsMalformed"/> is true. Each step passes 8 octets at least.
/// </remarks>
/// <typeparam name="TAddress"><see cref="IPv4Address"/> in IGMP, <see cref="IPv6Address"/> in MLD.</typeparam>
public ref struct GroupRecordEnumerator<TAddress>
    where TAddress : struct, IInternetAddress<TAddress>
{
    private ReadOnlySpan<byte> _rest;
    private int _left;

    internal GroupRecordEnumerator(ReadOnlySpan<byte> records, int count)
    {
        _rest = records;
        _left = count;
        Current = default;
    }

    /// <summary>The record that <see cref="MoveNext"/> found.</summary>
    public GroupRecord<TAddress> Current { get; private set; }

    /// <summary>True once a record beyond the end has ended the walk.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>This enumerator, so that <c>foreach</c> takes it.</summary>
    public readonly GroupRecordEnumerator<TAddress> GetEnumerator() => this;

    /// <summary>Goes to the next record; false at the end.</summary>
    public bool MoveNext()
    {
        if (_left == 0)
        {
            return false;
        }

        // The second octet counts 32-bit words of auxiliary data behind the sources, which are skipped.
        int length = _rest.Length < GroupRecord<TAddress>.HeaderLength
            ? int.MaxValue
            : GroupRecord<TAddress>.HeaderLength + (Wire.U16(_rest, 2) * TAddress.Octets) + (_rest[1] * 4);
        if (length > _rest.Length)
        {
            IsMalformed = true;
            _left = 0;
            return false;
        }

        Current = new GroupRecord<TAddress>(_rest[..length]);
        _rest = _rest[length..];
        _left--;
        return true;
    }
}
