namespace Weft.Packets;

/// <summary>A checked view of an IPv6 header and its payload (RFC 8200 section 3).</summary>
/// <remarks>
/// After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place. The header is whole;
/// the payload may be cut short, as in an ICMPv6 error, and <see cref="IsTruncated"/> says so.
/// </remarks>
public readonly ref struct IPv6View
{
    private readonly ReadOnlySpan<byte> _bytes;

    private IPv6View(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Differentiated services code point, 0 to 63 (RFC 2474).</summary>
    public byte Dscp => (byte)(Wire.U16(_bytes, 0) >> 6 & 0x3F);

    /// <summary>Explicit congestion notification, 0 to 3 (RFC 3168 section 5).</summary>
    public byte Ecn => (byte)(_bytes[1] >> 4 & 3);

    /// <summary>Flow label, 20 bits (RFC 6437).</summary>
    public uint FlowLabel => Wire.U32(_bytes, 0) & 0xF_FFFF;

    /// <summary>Octets behind the header as it says; more than there are if <see cref="IsTruncated"/>.</summary>
    public ushort PayloadLength => Wire.U16(_bytes, IPv6Facts.PayloadLengthOffset);

    /// <summary>Type of the first header behind this one.</summary>
    public IpProtocol NextHeader => (IpProtocol)_bytes[IPv6Facts.NextHeaderOffset];

    /// <summary>Hops that are left.</summary>
    public byte HopLimit => _bytes[IPv6Facts.HopLimitOffset];

    /// <summary>Sender.</summary>
    public IPv6Address Source => IPv6Address.Read(_bytes[IPv6Facts.SourceOffset..]);

    /// <summary>Receiver, or the next hop named by a routing header.</summary>
    public IPv6Address Destination => IPv6Address.Read(_bytes[IPv6Facts.DestinationOffset..]);

    /// <summary>True if fewer octets are there than <see cref="PayloadLength"/> says.</summary>
    public bool IsTruncated => PayloadLength > _bytes.Length - IPv6Facts.Length;

    /// <summary>Extension headers and upper layer, without padding behind <see cref="PayloadLength"/>.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[IPv6Facts.Length..];

    /// <summary>Walks the extension headers, <see cref="IPv6ExtensionWalk.MaxHeaders"/> at most.</summary>
    public IPv6ExtensionWalk WalkExtensions() => IPv6ExtensionWalk.Walk(Payload, NextHeader);

    /// <summary>The header as a value.</summary>
    public IPv6Header ToHeader() => new()
    {
        Dscp = Dscp,
        Ecn = Ecn,
        FlowLabel = FlowLabel,
        PayloadLength = PayloadLength,
        NextHeader = NextHeader,
        HopLimit = HopLimit,
        Source = Source,
        Destination = Destination,
    };

    /// <summary>Finds the fragment header; only headers for every hop on the way may stand in front of it (RFC 8200 section 4.5).</summary>
    /// <param name="fragment">Gets the header; also that of an atomic fragment (RFC 6946).</param>
    /// <returns>False if there is none.</returns>
    public bool TryGetFragmentHeader(out IPv6FragmentHeader fragment)
    {
        int at = WalkExtensions().FragmentHeaderOffset;
        fragment = default;
        return at >= 0 && IPv6FragmentHeader.TryParse(Payload[at..], out fragment);
    }

    /// <summary>Checks that 40 octets are there and the version is 6.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out IPv6View view)
    {
        if (bytes.Length < IPv6Facts.Length || bytes[0] >> 4 != 6)
        {
            view = default;
            return false;
        }

        view = new IPv6View(bytes[..Math.Min(IPv6Facts.Length + Wire.U16(bytes, IPv6Facts.PayloadLengthOffset), bytes.Length)]);
        return true;
    }
}
