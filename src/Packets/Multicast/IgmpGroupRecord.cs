namespace Weft.Packets;

/// <summary>One group record of an IGMPv3 report (RFC 3376 section 4.2.4).</summary>
public readonly ref struct IgmpGroupRecord
{
    internal const int HeaderLength = 8;

    private readonly ReadOnlySpan<byte> _bytes;

    internal IgmpGroupRecord(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Type; values beyond the enumeration must be ignored.</summary>
    public GroupRecordType Type => (GroupRecordType)_bytes[0];

    /// <summary>The group.</summary>
    public IPv4Address Group => IPv4Address.Read(_bytes[4..]);

    /// <summary>Number of sources.</summary>
    public int SourceCount => Wire.U16(_bytes, 2);

    /// <summary>Source <paramref name="index"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such source: check <see cref="SourceCount"/>.</exception>
    public IPv4Address SourceAt(int index)
    {
        Wire.AtMost(index, SourceCount - 1, nameof(index));
        return IPv4Address.Read(_bytes[(HeaderLength + (index * IPv4Address.Length))..]);
    }

    /// <summary>Writes a record without auxiliary data and returns its octets.</summary>
    /// <param name="destination">At least 8 bytes and 4 a source.</param>
    /// <param name="type">Type.</param>
    /// <param name="group">The group.</param>
    /// <param name="sources">The sources, 65,535 at most.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short or there are too many sources.</exception>
    public static int Write(Span<byte> destination, GroupRecordType type, IPv4Address group, ReadOnlySpan<IPv4Address> sources)
    {
        Wire.AtMost(sources.Length, ushort.MaxValue, nameof(sources));
        Span<byte> bytes = Wire.Take(destination, HeaderLength + (sources.Length * IPv4Address.Length));
        bytes[0] = (byte)type;
        bytes[1] = 0;
        Wire.Put16(bytes, 2, sources.Length);
        group.Write(bytes[4..]);
        for (int i = 0; i < sources.Length; i++)
        {
            sources[i].Write(bytes[(HeaderLength + (i * IPv4Address.Length))..]);
        }

        return bytes.Length;
    }
}
