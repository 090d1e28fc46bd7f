namespace Weft.Packets;

/// <summary>One group record of an MLDv2 report (RFC 3810 section 5.2.4).</summary>
public readonly ref struct MldGroupRecord
{
    internal const int HeaderLength = 20;

    private readonly ReadOnlySpan<byte> _bytes;

    internal MldGroupRecord(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Type; values beyond the enumeration must be ignored.</summary>
    public GroupRecordType Type => (GroupRecordType)_bytes[0];

    /// <summary>The group.</summary>
    public IPv6Address Group => IPv6Address.Read(_bytes[4..]);

    /// <summary>Number of sources.</summary>
    public int SourceCount => Wire.U16(_bytes, 2);

    /// <summary>Source <paramref name="index"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such source: check <see cref="SourceCount"/>.</exception>
    public IPv6Address SourceAt(int index)
    {
        Wire.AtMost(index, SourceCount - 1, nameof(index));
        return IPv6Address.Read(_bytes[(HeaderLength + (index * IPv6Address.Length))..]);
    }

    /// <summary>Writes a record without auxiliary data and returns its octets.</summary>
    /// <param name="destination">At least 20 bytes and 16 a source.</param>
    /// <param name="type">Type.</param>
    /// <param name="group">The group.</param>
    /// <param name="sources">The sources, 65,535 at most.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short or there are too many sources.</exception>
    public static int Write(Span<byte> destination, GroupRecordType type, IPv6Address group, ReadOnlySpan<IPv6Address> sources)
    {
        Wire.AtMost(sources.Length, ushort.MaxValue, nameof(sources));
        Span<byte> bytes = Wire.Take(destination, HeaderLength + (sources.Length * IPv6Address.Length));
        bytes[0] = (byte)type;
        bytes[1] = 0;
        Wire.Put16(bytes, 2, sources.Length);
        group.Write(bytes[4..]);
        for (int i = 0; i < sources.Length; i++)
        {
            sources[i].Write(bytes[(HeaderLength + (i * IPv6Address.Length))..]);
        }

        return bytes.Length;
    }
}
