namespace Weft.Packets;

/// <summary>A checked view of a TCP segment (RFC 9293 section 3.1).</summary>
/// <remarks>After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place.</remarks>
public readonly ref struct TcpView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private TcpView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Port of the sender.</summary>
    public ushort SourcePort => Wire.U16(_bytes, 0);

    /// <summary>Port of the receiver.</summary>
    public ushort DestinationPort => Wire.U16(_bytes, 2);

    /// <summary>Sequence number of the first octet.</summary>
    public uint SequenceNumber => Wire.U32(_bytes, 4);

    /// <summary>Next sequence number that the sender expects, if <see cref="TcpFlags.Ack"/> is set.</summary>
    public uint AcknowledgmentNumber => Wire.U32(_bytes, 8);

    /// <summary>Octets of the header with options, 20 to 60.</summary>
    public int HeaderLength => (_bytes[TcpHeader.DataOffsetOffset] >> 4) * 4;

    /// <summary>Control bits.</summary>
    public TcpFlags Flags => (TcpFlags)_bytes[TcpHeader.FlagsOffset];

    /// <summary>Receive window before scaling.</summary>
    public ushort Window => Wire.U16(_bytes, TcpHeader.WindowOffset);

    /// <summary>Checksum as it stands.</summary>
    public ushort Checksum => Wire.U16(_bytes, TcpHeader.ChecksumOffset);

    /// <summary>Urgent pointer, if <see cref="TcpFlags.Urg"/> is set.</summary>
    public ushort UrgentPointer => Wire.U16(_bytes, TcpHeader.UrgentOffset);

    /// <summary>The options as bytes.</summary>
    public ReadOnlySpan<byte> OptionBytes => _bytes[TcpHeader.MinLength..HeaderLength];

    /// <summary>Enumerates the options: <c>foreach (TcpOption option in view.Options)</c>.</summary>
    public TcpOptionEnumerator Options => new(OptionBytes);

    /// <summary>What follows the header.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[HeaderLength..];

    /// <summary>True if the segment adds up with <paramref name="pseudoHeader"/> (see <see cref="InternetChecksum"/>).</summary>
    public bool IsChecksumValid(uint pseudoHeader) => InternetChecksum.IsValid(_bytes, pseudoHeader);

    /// <summary>The header without its options as a value.</summary>
    public TcpHeader ToHeader() => new()
    {
        SourcePort = SourcePort,
        DestinationPort = DestinationPort,
        SequenceNumber = SequenceNumber,
        AcknowledgmentNumber = AcknowledgmentNumber,
        Flags = Flags,
        Window = Window,
        Checksum = Checksum,
        UrgentPointer = UrgentPointer,
    };

    /// <summary>Checks that the header with its options is whole. <paramref name="bytes"/> end with the segment: cut padding off first.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out TcpView view)
    {
        view = default;
        if (bytes.Length < TcpHeader.MinLength)
        {
            return false;
        }

        int length = (bytes[TcpHeader.DataOffsetOffset] >> 4) * 4;
        if (length < TcpHeader.MinLength || length > bytes.Length)
        {
            return false;
        }

        view = new TcpView(bytes);
        return true;
    }
}
