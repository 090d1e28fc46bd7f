namespace Weft.Packets;

/// <summary>Where a chain of IPv6 extension headers leads: the result of one bounded walk (RFC 8200 section 4).</summary>
public readonly record struct IPv6ExtensionWalk
{
    /// <summary>Extension headers that a walk passes before it gives up: more than any sender has reason for.</summary>
    public const int MaxHeaders = IPv6Facts.MaxExtensions;

    /// <summary>The upper-layer protocol, or what the fragment header of a later fragment names.</summary>
    public IpProtocol Protocol { get; private init; }

    /// <summary>Octets of all extension headers that were walked: the offset of the upper layer within the payload.</summary>
    public int Length { get; private init; }

    /// <summary>Number of extension headers walked.</summary>
    public int Count { get; private init; }

    /// <summary>Offset of the fragment header within the payload, -1 if there is none.</summary>
    public int FragmentHeaderOffset { get; private init; }

    /// <summary>True if the datagram is a fragment; an atomic fragment (offset 0, none to follow) is none (RFC 6946).</summary>
    public bool IsFragment { get; private init; }

    /// <summary>True for every fragment but the first: no upper-layer header follows.</summary>
    public bool IsLaterFragment { get; private init; }

    /// <summary>
    /// <see cref="LayoutError.None"/>, <see cref="LayoutError.ExtensionTruncated"/> or <see cref="LayoutError.ExtensionChainTooLong"/>.
    /// </summary>
    public LayoutError Error { get; private init; }

    /// <summary>Walks the extension headers at the start of <paramref name="payload"/>, <see cref="MaxHeaders"/> at most.</summary>
    /// <param name="payload">What follows the IPv6 header, cut to the payload length.</param>
    /// <param name="nextHeader">Next-header field of the IPv6 header.</param>
    /// <returns>Where the walk ended; <see cref="Error"/> says whether at an upper-layer protocol.</returns>
    public static IPv6ExtensionWalk Walk(ReadOnlySpan<byte> payload, IpProtocol nextHeader)
    {
        int at = 0;
        int count = 0;
        int fragmentAt = -1;
        bool fragment = false;
        bool later = false;
        LayoutError error = LayoutError.None;
        while (IsExtension(nextHeader) && !later)
        {
            if (count == MaxHeaders)
            {
                error = LayoutError.ExtensionChainTooLong;
                break;
            }

            int length = payload.Length - at < IPv6Facts.FragmentLength ? int.MaxValue : HeaderLength(nextHeader, payload[at + 1]);
            if (length > payload.Length - at)
            {
                error = LayoutError.ExtensionTruncated;
                break;
            }

            if (nextHeader == IpProtocol.Fragment && fragmentAt < 0)
            {
                fragmentAt = at;
                int word = Wire.U16(payload, at + 2);
                later = word >> 3 != 0;
                fragment = later || (word & 1) != 0;
            }

            nextHeader = (IpProtocol)payload[at];
            at += length;
            count++;
        }

        return new IPv6ExtensionWalk
        {
            Protocol = nextHeader,
            Length = at,
            Count = count,
            FragmentHeaderOffset = fragmentAt,
            IsFragment = fragment,
            IsLaterFragment = later,
            Error = error,
        };
    }

    /// <summary>True for the headers that a walk passes (RFC 7045 section 1 and the IANA list of extension header types).</summary>
    public static bool IsExtension(IpProtocol protocol) => protocol is IpProtocol.HopByHop or IpProtocol.Routing or IpProtocol.Fragment
        or IpProtocol.DestinationOptions or IpProtocol.AuthenticationHeader or IpProtocol.Mobility or IpProtocol.Hip or IpProtocol.Shim6;

    /// <summary>Octets of a header from its second octet: words of 8 without the first (RFC 8200), of 4 without two for AH (RFC 4302 section 2.2).</summary>
    internal static int HeaderLength(IpProtocol type, byte lengthField) => type switch
    {
        IpProtocol.Fragment => IPv6Facts.FragmentLength,
        IpProtocol.AuthenticationHeader => (lengthField + 2) * 4,
        _ => (lengthField + 1) * 8,
    };
}
