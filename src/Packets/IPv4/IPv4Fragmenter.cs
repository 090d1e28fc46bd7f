namespace Weft.Packets;

/// <summary>
/// Cuts an IPv4 datagram, which may be a fragment itself, into fragments (RFC 791 section 3.2). Options that are not to be copied stay with the
/// first of them (RFC 791 section 3.1).
/// </summary>
/// <remarks>Takes one pass over the datagram, allocates nothing, and leaves the datagram as it is.</remarks>
public ref struct IPv4Fragmenter
{
    private const int Unit = 8;
    private const int CopiedOption = 0x80;

    private readonly ReadOnlySpan<byte> _header;
    private readonly ReadOnlySpan<byte> _payload;
    private readonly int _mtu;
    private readonly int _start;
    private readonly bool _moreFollow;
    private readonly int _laterHeader;
    private int _at;

    private IPv4Fragmenter(ReadOnlySpan<byte> datagram, int mtu, IPv4View view)
    {
        _header = datagram[..view.HeaderLength];
        _payload = datagram[view.HeaderLength..view.TotalLength];
        _mtu = mtu;
        (_start, _moreFollow) = (view.FragmentOffsetBytes, view.MoreFragments);
        _laterHeader = IPv4Header.MinLength + WriteCopiedOptions(view, []);
    }

    /// <summary>Number of fragments.</summary>
    public readonly int Count
    {
        get
        {
            int first = Math.Min(_payload.Length, Room(_header.Length));
            int later = Room(_laterHeader);
            return 1 + ((_payload.Length - first + later - 1) / later);
        }
    }

    /// <summary>Prepares to cut a datagram.</summary>
    /// <param name="datagram">The datagram from its IP header on; padding behind it is ignored.</param>
    /// <param name="mtuBytes">Longest fragment, header included; at least 68 (RFC 791 section 3.2).</param>
    /// <param name="fragmenter">Writes the fragments.</param>
    /// <returns>False if the datagram is cut off, damaged or must not be fragmented, or the MTU is less than is allowed.</returns>
    public static bool TryCreate(ReadOnlySpan<byte> datagram, int mtuBytes, out IPv4Fragmenter fragmenter)
    {
        fragmenter = default;
        if (!IPv4View.TryParse(datagram, out IPv4View view) || view.IsTruncated || view.DontFragment || mtuBytes < 68)
        {
            return false;
        }

        fragmenter = new IPv4Fragmenter(datagram, mtuBytes, view);
        return true;
    }

    /// <summary>Writes the next fragment.</summary>
    /// <param name="destination">Room for one, at most the MTU.</param>
    /// <param name="length">Octets of the fragment.</param>
    /// <returns>False if there is none left.</returns>
    public bool TryWriteNext(Span<byte> destination, out int length)
    {
        length = 0;
        bool isFirst = _at == 0;
        if (_at >= _payload.Length && !isFirst)
        {
            return false;
        }

        _ = IPv4View.TryParse(_header, out IPv4View view);
        Span<byte> options = stackalloc byte[IPv4Header.MaxOptionsLength];
        options = options[..(isFirst ? view.OptionBytes.Length : _laterHeader - IPv4Header.MinLength)];
        if (isFirst)
        {
            view.OptionBytes.CopyTo(options);
        }
        else
        {
            _ = WriteCopiedOptions(view, options);
        }

        int header = IPv4Header.MinLength + options.Length;
        int payload = Math.Min(Room(header), _payload.Length - _at);
        _ = (view.ToHeader() with
        {
            PayloadLength = payload,
            FragmentOffsetBytes = _start + _at,
            MoreFragments = _moreFollow || _at + payload < _payload.Length,
        }).Write(destination, options);
        _payload.Slice(_at, payload).CopyTo(destination[header..]);
        // An empty datagram is one fragment, too.
        _at += Math.Max(payload, 1);
        length = header + payload;
        return true;
    }

    private readonly int Room(int header) => (_mtu - header) & ~(Unit - 1);

    /// <summary>Writes the options that every fragment has, padded to whole words, or only counts them.</summary>
    private static int WriteCopiedOptions(in IPv4View view, Span<byte> destination)
    {
        int length = 0;
        foreach (IPv4Option option in view.Options)
        {
            int size = 2 + option.Data.Length;
            if ((option.Type & CopiedOption) == 0)
            {
                continue;
            }

            if (!destination.IsEmpty)
            {
                destination[length] = option.Type;
                destination[length + 1] = (byte)size;
                option.Data.CopyTo(destination[(length + 2)..]);
            }

            length += size;
        }

        return (length + 3) & ~3;
    }
}
