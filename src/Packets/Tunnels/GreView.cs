namespace Weft.Packets;

/// <summary>A checked view of a GRE packet (RFC 2784, key and sequence number RFC 2890).</summary>
/// <remarks>After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place.</remarks>
public readonly ref struct GreView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private GreView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Octets of the header: 4, 8, 12 or 16.</summary>
    public int HeaderLength => LengthOf(_bytes[0]);

    /// <summary>What the payload is, <see cref="EtherType.TransparentEthernet"/> for a frame.</summary>
    public EtherType ProtocolType => (EtherType)Wire.U16(_bytes, 2);

    /// <summary>True if a checksum is there.</summary>
    public bool HasChecksum => (_bytes[0] & GreHeader.ChecksumFlag) != 0;

    /// <summary>True if a checksum is absent or adds up over header and payload.</summary>
    public bool IsChecksumValid => !HasChecksum || InternetChecksum.IsValid(_bytes);

    /// <summary>The key, null if there is none.</summary>
    public uint? Key => (_bytes[0] & GreHeader.KeyFlag) == 0
        ? null
        : Wire.U32(_bytes, GreHeader.MinLength + (HasChecksum ? GreHeader.FieldLength : 0));

    /// <summary>The sequence number, null if there is none.</summary>
    public uint? SequenceNumber => (_bytes[0] & GreHeader.SequenceFlag) == 0 ? null : Wire.U32(_bytes, HeaderLength - GreHeader.FieldLength);

    /// <summary>What the header carries.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[HeaderLength..];

    /// <summary>The header as a value.</summary>
    public GreHeader ToHeader() => new(ProtocolType) { Key = Key, SequenceNumber = SequenceNumber, HasChecksum = HasChecksum };

    /// <summary>
    /// Checks that the version is 0, no source route is present (RFC 2784 section 2.3) and the header is whole.
    /// <paramref name="bytes"/> end with the packet: cut padding off first.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out GreView view)
    {
        bool valid = bytes.Length >= GreHeader.MinLength
            && (bytes[0] & GreHeader.RoutingFlag) == 0
            && (bytes[1] & GreHeader.VersionMask) == 0
            && bytes.Length >= LengthOf(bytes[0]);
        view = valid ? new GreView(bytes) : default;
        return valid;
    }

    private static int LengthOf(byte flags) => GreHeader.MinLength
        + ((flags & GreHeader.ChecksumFlag) != 0 ? GreHeader.FieldLength : 0)
        + ((flags & GreHeader.KeyFlag) != 0 ? GreHeader.FieldLength : 0)
        + ((flags & GreHeader.SequenceFlag) != 0 ? GreHeader.FieldLength : 0);
}
