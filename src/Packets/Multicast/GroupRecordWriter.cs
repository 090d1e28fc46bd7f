namespace Weft.Packets;

/// <summary>Writer of group records (RFC 3376 section 4.2.4, RFC 3810 section 5.2.4).</summary>
public static class GroupRecordWriter
{
    /// <summary>Writes a record without auxiliary data and returns its octets.</summary>
    /// <typeparam name="TAddress"><see cref="IPv4Address"/> for IGMP, <see cref="IPv6Address"/> for MLD.</typeparam>
    /// <param name="destination">At least 8 bytes and 4 a source for IGMP, 20 and 16 a source for MLD.</param>
    /// <param name="type">Type.</param>
    /// <param name="group">The group.</param>
    /// <param name="sources">The sources, 65,535 at most.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short or there are too many sources.</exception>
    public static int Write<TAddress>(Span<byte> destination, GroupRecordType type, TAddress group, ReadOnlySpan<TAddress> sources)
        where TAddress : struct, IInternetAddress<TAddress>
    {
        Wire.AtMost(sources.Length, ushort.MaxValue, nameof(sources));
        int header = GroupRecord<TAddress>.HeaderLength;
        Span<byte> bytes = Wire.Take(destination, header + (sources.Length * TAddress.Octets));
        bytes[0] = (byte)type;
        bytes[1] = 0;
        Wire.Put16(bytes, 2, sources.Length);
        group.Write(bytes[GroupRecord<TAddress>.FixedLength..]);
        for (int i = 0; i < sources.Length; i++)
        {
            sources[i].Write(bytes[(header + (i * TAddress.Octets))..]);
        }

        return bytes.Length;
    }
}
