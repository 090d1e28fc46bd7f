namespace Weft.Packets;

/// <summary>A checked view of a neighbour solicitation or advertisement (RFC 4861 sections 4.3 and 4.4): IPv6's ARP.</summary>
/// <remarks>
/// After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place. Section 7.1 also wants
/// a hop limit of 255 and a valid checksum: those are the caller's to check, in the IPv6 header and with <see cref="IcmpV6View"/>.
/// </remarks>
public readonly ref struct NeighborMessageView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private NeighborMessageView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>True for an advertisement, false for a solicitation.</summary>
    public bool IsAdvertisement => _bytes[0] == (byte)IcmpV6Type.NeighborAdvertisement;

    /// <summary>True if the advertiser is a router.</summary>
    public bool IsRouter => (Flags & NeighborMessage.RouterFlag) != 0;

    /// <summary>True if the advertisement answers a solicitation.</summary>
    public bool IsSolicited => (Flags & NeighborMessage.SolicitedFlag) != 0;

    /// <summary>True if the advertised address overrides a cached one.</summary>
    public bool IsOverride => (Flags & NeighborMessage.OverrideFlag) != 0;

    /// <summary>The address asked for or advertised, never multicast.</summary>
    public IPv6Address Target => IPv6Address.Read(_bytes[NeighborMessage.TargetOffset..]);

    /// <summary>The options as bytes.</summary>
    public ReadOnlySpan<byte> OptionBytes => _bytes[NeighborMessage.MinLength..];

    /// <summary>Enumerates the options: <c>foreach (NdOption option in view.Options)</c>.</summary>
    public NdOptionEnumerator Options => new(OptionBytes);

    private byte Flags => IsAdvertisement ? _bytes[NeighborMessage.FlagsOffset] : (byte)0;

    /// <summary>
    /// The MAC address that goes with the message: the source's of a solicitation, the target's of an advertisement; false if
    /// it carries none.
    /// </summary>
    public bool TryGetLinkLayerAddress(out MacAddress address) => NdOptionEnumerator.TryFindLinkLayerAddress(
        OptionBytes,
        IsAdvertisement ? NdOptionType.TargetLinkLayerAddress : NdOptionType.SourceLinkLayerAddress,
        out address);

    /// <summary>
    /// Checks the ICMPv6 message for type, code 0, 24 octets, a target that is no multicast address and options whose lengths
    /// fit (RFC 4861 sections 7.1.1 and 7.1.2).
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out NeighborMessageView view)
    {
        view = default;
        if (bytes.Length < NeighborMessage.MinLength
            || (IcmpV6Type)bytes[0] is not (IcmpV6Type.NeighborSolicitation or IcmpV6Type.NeighborAdvertisement)
            || bytes[IcmpFacts.CodeOffset] != 0
            || bytes[NeighborMessage.TargetOffset] == 0xFF)
        {
            return false;
        }

        NdOptionEnumerator options = new(bytes[NeighborMessage.MinLength..]);
        while (options.MoveNext())
        {
        }

        view = options.IsMalformed ? default : new NeighborMessageView(bytes);
        return !options.IsMalformed;
    }
}
