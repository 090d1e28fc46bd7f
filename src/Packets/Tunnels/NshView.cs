namespace Weft.Packets;

/// <summary>A checked view of a network service header (RFC 8300 section 2).</summary>
/// <remarks>After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place.</remarks>
public readonly ref struct NshView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private NshView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Octets of the header with its context, 8 to 252.</summary>
    public int HeaderLength => (_bytes[1] & 0x3F) * 4;

    /// <summary>True for an operations packet.</summary>
    public bool IsOam => (_bytes[0] & 0x20) != 0;

    /// <summary>Service plane hops that are left, 0 to 63.</summary>
    public byte TimeToLive => (byte)(Wire.U16(_bytes, 0) >> NshHeader.TimeToLiveShift & 0x3F);

    /// <summary>1 for a context of 16 octets, 2 for one of any length; others occur.</summary>
    public byte MetadataType => (byte)(_bytes[2] & 0xF);

    /// <summary>What the payload is; values beyond the enumeration occur.</summary>
    public NshNextProtocol NextProtocol => (NshNextProtocol)_bytes[3];

    /// <summary>Service path identifier.</summary>
    public uint ServicePath => Wire.U24(_bytes, 4);

    /// <summary>Place on the path.</summary>
    public byte ServiceIndex => _bytes[7];

    /// <summary>The context headers.</summary>
    public ReadOnlySpan<byte> Context => _bytes[NshHeader.MinLength..HeaderLength];

    /// <summary>What the header carries.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[HeaderLength..];

    /// <summary>The header without its context as a value.</summary>
    public NshHeader ToHeader() => new(ServicePath, ServiceIndex, NextProtocol)
    {
        TimeToLive = TimeToLive,
        IsOam = IsOam,
        MetadataType = MetadataType,
    };

    /// <summary>Checks version 0, a length that fits (24 octets for metadata type 1) and that the header is whole.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out NshView view)
    {
        view = default;
        if (bytes.Length < NshHeader.MinLength || bytes[0] >> 6 != 0)
        {
            return false;
        }

        int length = (bytes[1] & 0x3F) * 4;
        bool fits = (bytes[2] & 0xF) == 1
            ? length == NshHeader.MinLength + NshHeader.FixedContextLength
            : length >= NshHeader.MinLength;
        if (!fits || length > bytes.Length)
        {
            return false;
        }

        view = new NshView(bytes);
        return true;
    }
}
