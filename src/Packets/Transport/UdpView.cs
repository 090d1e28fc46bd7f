namespace Weft.Packets;

/// <summary>A checked view of a UDP datagram (RFC 768).</summary>
/// <remarks>
/// After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place. The payload may be cut
/// short, as in a first fragment or an ICMP error, and <see cref="IsTruncated"/> says so.
/// </remarks>
public readonly ref struct UdpView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private UdpView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Port of the sender.</summary>
    public ushort SourcePort => Wire.U16(_bytes, 0);

    /// <summary>Port of the receiver.</summary>
    public ushort DestinationPort => Wire.U16(_bytes, 2);

    /// <summary>Octets of header and payload as the header says, 8 or more.</summary>
    public ushort Length => Wire.U16(_bytes, 4);

    /// <summary>Checksum as it stands; 0 means that the sender made none.</summary>
    public ushort Checksum => Wire.U16(_bytes, UdpHeader.ChecksumOffset);

    /// <summary>True if fewer octets are there than <see cref="Length"/> says.</summary>
    public bool IsTruncated => Length > _bytes.Length;

    /// <summary>What follows the header, up to <see cref="Length"/>.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[UdpHeader.Length..];

    /// <summary>
    /// True if the datagram adds up with <paramref name="pseudoHeader"/> (see <see cref="InternetChecksum"/>) or carries no
    /// checksum. Whether IPv6 allows none is the caller's policy (RFC 6935, RFC 6936).
    /// </summary>
    public bool IsChecksumValid(uint pseudoHeader) => Checksum == 0 || InternetChecksum.IsValid(_bytes, pseudoHeader);

    /// <summary>The header as a value.</summary>
    public UdpHeader ToHeader() => new(SourcePort, DestinationPort, Length - UdpHeader.Length, Checksum);

    /// <summary>Checks that eight octets are there and the length is not below eight.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out UdpView view)
    {
        view = default;
        if (bytes.Length < UdpHeader.Length || Wire.U16(bytes, 4) < UdpHeader.Length)
        {
            return false;
        }

        view = new UdpView(bytes[..Math.Min(Wire.U16(bytes, 4), bytes.Length)]);
        return true;
    }
}
