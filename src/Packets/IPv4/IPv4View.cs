namespace Weft.Packets;

/// <summary>A checked view of an IPv4 header with its options and payload (RFC 791 section 3.1).</summary>
/// <remarks>
/// After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place. The header is whole;
/// the payload may be cut short, as in an ICMP error, and <see cref="IsTruncated"/> says so.
/// </remarks>
public readonly ref struct IPv4View
{
    private readonly ReadOnlySpan<byte> _bytes;

    private IPv4View(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Octets of the header with options, 20 to 60.</summary>
    public int HeaderLength => (_bytes[0] & 0xF) * 4;

    /// <summary>Differentiated services code point, 0 to 63 (RFC 2474).</summary>
    public byte Dscp => (byte)(_bytes[IPv4Facts.TypeOfServiceOffset] >> 2);

    /// <summary>Explicit congestion notification, 0 to 3 (RFC 3168 section 5).</summary>
    public byte Ecn => (byte)(_bytes[IPv4Facts.TypeOfServiceOffset] & 3);

    /// <summary>Octets of header and payload as the header says; more than there are if <see cref="IsTruncated"/>.</summary>
    public ushort TotalLength => Wire.U16(_bytes, IPv4Facts.TotalLengthOffset);

    /// <summary>Identification of the datagram, for reassembly.</summary>
    public ushort Identification => Wire.U16(_bytes, IPv4Facts.IdentificationOffset);

    /// <summary>True if routers must not fragment.</summary>
    public bool DontFragment => (Wire.U16(_bytes, IPv4Facts.FragmentOffset) & IPv4Facts.DontFragment) != 0;

    /// <summary>True if more fragments follow.</summary>
    public bool MoreFragments => (Wire.U16(_bytes, IPv4Facts.FragmentOffset) & IPv4Facts.MoreFragments) != 0;

    /// <summary>Offset of the payload within the datagram in octets, 0 to 65,528.</summary>
    public int FragmentOffsetBytes => (Wire.U16(_bytes, IPv4Facts.FragmentOffset) & IPv4Facts.FragmentOffsetMask) * 8;

    /// <summary>True for every fragment, the first included.</summary>
    public bool IsFragment => MoreFragments || FragmentOffsetBytes != 0;

    /// <summary>Hops that are left.</summary>
    public byte TimeToLive => _bytes[IPv4Facts.TimeToLiveOffset];

    /// <summary>Protocol of the payload.</summary>
    public IpProtocol Protocol => (IpProtocol)_bytes[IPv4Facts.ProtocolOffset];

    /// <summary>Header checksum as it stands.</summary>
    public ushort Checksum => Wire.U16(_bytes, IPv4Facts.ChecksumOffset);

    /// <summary>Sender.</summary>
    public IPv4Address Source => IPv4Address.Read(_bytes[IPv4Facts.SourceOffset..]);

    /// <summary>Receiver.</summary>
    public IPv4Address Destination => IPv4Address.Read(_bytes[IPv4Facts.DestinationOffset..]);

    /// <summary>The options; read them with <see cref="IPv4OptionEnumerator"/>.</summary>
    public ReadOnlySpan<byte> OptionBytes => _bytes[IPv4Facts.MinLength..HeaderLength];

    /// <summary>Enumerates the options: <c>foreach (IPv4Option option in view.Options)</c>.</summary>
    public IPv4OptionEnumerator Options => new(OptionBytes);

    /// <summary>True if fewer octets are there than <see cref="TotalLength"/> says.</summary>
    public bool IsTruncated => TotalLength > _bytes.Length;

    /// <summary>What follows the header, without padding behind <see cref="TotalLength"/>.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[HeaderLength..];

    /// <summary>True if the header adds up (RFC 1071).</summary>
    public bool IsChecksumValid => InternetChecksum.IsValid(_bytes[..HeaderLength]);

    /// <summary>The header without its options as a value.</summary>
    public IPv4Header ToHeader() => new()
    {
        Dscp = Dscp,
        Ecn = Ecn,
        PayloadLength = TotalLength - HeaderLength,
        Identification = Identification,
        DontFragment = DontFragment,
        MoreFragments = MoreFragments,
        FragmentOffsetBytes = FragmentOffsetBytes,
        TimeToLive = TimeToLive,
        Protocol = Protocol,
        Source = Source,
        Destination = Destination,
    };

    /// <summary>Checks version, header length and total length; the checksum is left to <see cref="IsChecksumValid"/>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out IPv4View view)
    {
        view = default;
        if (bytes.Length < IPv4Facts.MinLength || bytes[0] >> 4 != 4)
        {
            return false;
        }

        int length = (bytes[0] & 0xF) * 4;
        int total = Wire.U16(bytes, IPv4Facts.TotalLengthOffset);
        if (length < IPv4Facts.MinLength || length > bytes.Length || total < length)
        {
            return false;
        }

        view = new IPv4View(bytes[..Math.Min(total, bytes.Length)]);
        return true;
    }
}
