namespace Weft.Packets;

/// <summary>A checked view of a Geneve header with its options and payload (RFC 8926 section 3.4).</summary>
/// <remarks>After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place.</remarks>
public readonly ref struct GeneveView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private GeneveView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Octets of the header with its options, 8 to 260.</summary>
    public int HeaderLength => GeneveHeader.MinLength + ((_bytes[0] & GeneveHeader.OptionLengthMask) * 4);

    /// <summary>True for a control packet, which is never forwarded.</summary>
    public bool IsControl => (_bytes[1] & GeneveHeader.ControlFlag) != 0;

    /// <summary>True if an option is critical: an endpoint that does not know it must drop the packet.</summary>
    public bool HasCriticalOptions => (_bytes[1] & GeneveHeader.CriticalFlag) != 0;

    /// <summary>What the payload is, <see cref="EtherType.TransparentEthernet"/> for a frame.</summary>
    public EtherType ProtocolType => (EtherType)Wire.U16(_bytes, 2);

    /// <summary>Network identifier.</summary>
    public uint Vni => Wire.U24(_bytes, 4);

    /// <summary>The options as bytes.</summary>
    public ReadOnlySpan<byte> OptionBytes => _bytes[GeneveHeader.MinLength..HeaderLength];

    /// <summary>Enumerates the options: <c>foreach (GeneveOption option in view.Options)</c>.</summary>
    public GeneveOptionEnumerator Options => new(OptionBytes);

    /// <summary>What the header carries.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[HeaderLength..];

    /// <summary>The header without its options as a value.</summary>
    public GeneveHeader ToHeader() => new(Vni, ProtocolType) { IsControl = IsControl, HasCriticalOptions = HasCriticalOptions };

    /// <summary>Checks that the version is 0 and the header is whole with its options. The options themselves are not walked.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out GeneveView view)
    {
        bool valid = bytes.Length >= GeneveHeader.MinLength
            && bytes[0] >> 6 == 0
            && bytes.Length >= GeneveHeader.MinLength + ((bytes[0] & GeneveHeader.OptionLengthMask) * 4);
        view = valid ? new GeneveView(bytes) : default;
        return valid;
    }
}
