namespace Weft.Packets;

/// <summary>A checked view of a router solicitation or advertisement (RFC 4861 sections 4.1 and 4.2).</summary>
/// <remarks>After <see cref="TryParse"/> returned true no member can fault; of a solicitation the advertiser's fields are 0.</remarks>
public readonly ref struct RouterMessageView
{
    private const int SolicitationLength = 8;
    private const int AdvertisementLength = 16;

    private readonly ReadOnlySpan<byte> _bytes;

    private RouterMessageView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>True for an advertisement, false for a solicitation.</summary>
    public bool IsAdvertisement => _bytes[0] == (byte)IcmpV6Type.RouterAdvertisement;

    /// <summary>Hop limit that hosts should use; 0 leaves it open.</summary>
    public byte CurrentHopLimit => IsAdvertisement ? _bytes[4] : (byte)0;

    /// <summary>True if addresses come by DHCPv6.</summary>
    public bool IsManaged => IsAdvertisement && (_bytes[5] & 0x80) != 0;

    /// <summary>True if other settings come by DHCPv6.</summary>
    public bool HasOtherConfiguration => IsAdvertisement && (_bytes[5] & 0x40) != 0;

    /// <summary>Seconds for which the sender is a default router, 0 if it is none.</summary>
    public ushort RouterLifetimeSeconds => IsAdvertisement ? Wire.U16(_bytes, 6) : (ushort)0;

    /// <summary>Milliseconds for which a neighbour counts as reachable; 0 leaves it open.</summary>
    public uint ReachableTimeMilliseconds => IsAdvertisement ? Wire.U32(_bytes, 8) : 0;

    /// <summary>Milliseconds between retransmitted solicitations; 0 leaves it open.</summary>
    public uint RetransmitMilliseconds => IsAdvertisement ? Wire.U32(_bytes, 12) : 0;

    /// <summary>The options as bytes.</summary>
    public ReadOnlySpan<byte> OptionBytes => _bytes[(IsAdvertisement ? AdvertisementLength : SolicitationLength)..];

    /// <summary>Enumerates the options: <c>foreach (NdOption option in view.Options)</c>.</summary>
    public NdOptionEnumerator Options => new(OptionBytes);

    /// <summary>Checks type, code 0, length and the lengths of the options (RFC 4861 section 6.1).</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out RouterMessageView view)
    {
        view = default;
        if (bytes.Length < SolicitationLength || bytes[IcmpFacts.CodeOffset] != 0)
        {
            return false;
        }

        int length = (IcmpV6Type)bytes[0] switch
        {
            IcmpV6Type.RouterSolicitation => SolicitationLength,
            IcmpV6Type.RouterAdvertisement => AdvertisementLength,
            _ => int.MaxValue,
        };
        if (bytes.Length < length)
        {
            return false;
        }

        NdOptionEnumerator options = new(bytes[length..]);
        while (options.MoveNext())
        {
        }

        view = options.IsMalformed ? default : new RouterMessageView(bytes);
        return !options.IsMalformed;
    }
}
