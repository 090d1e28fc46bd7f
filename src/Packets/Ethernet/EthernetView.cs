namespace Weft.Packets;

/// <summary>A checked view of an Ethernet header, its VLAN tags and what follows.</summary>
/// <remarks>After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place.</remarks>
public readonly ref struct EthernetView
{
    private const int TypeOffset = 12;
    private const int MinEtherType = 0x0600;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _tags;

    private EthernetView(ReadOnlySpan<byte> bytes, int tags)
    {
        _bytes = bytes;
        _tags = tags;
    }

    /// <summary>Receiver.</summary>
    public MacAddress Destination => MacAddress.Read(_bytes);

    /// <summary>Sender.</summary>
    public MacAddress Source => MacAddress.Read(_bytes[MacAddress.Length..]);

    /// <summary>Number of VLAN tags, 0 to <see cref="VlanTag.MaxStack"/>.</summary>
    public int TagCount => _tags;

    /// <summary>EtherType behind all tags, or <see cref="EtherType.None"/> if a length stands there (IEEE 802.3 3.2.6).</summary>
    public EtherType EtherType => TypeOrLength < MinEtherType ? EtherType.None : (EtherType)TypeOrLength;

    /// <summary>Octets of the header with its tags.</summary>
    public int HeaderLength => EthernetHeader.UntaggedLength + (_tags * VlanTag.Length);

    /// <summary>What follows the header; it may end with padding.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[HeaderLength..];

    private ushort TypeOrLength => Wire.U16(_bytes, HeaderLength - 2);

    /// <summary>Checks that header and tags are whole; false if not, or if there are more than <see cref="VlanTag.MaxStack"/> tags.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out EthernetView view)
    {
        view = default;
        if (bytes.Length < EthernetHeader.UntaggedLength)
        {
            return false;
        }

        int tags = 0;
        for (int at = TypeOffset; VlanTag.IsTag((EtherType)Wire.U16(bytes, at)); at += VlanTag.Length)
        {
            if (tags++ == VlanTag.MaxStack || bytes.Length < at + VlanTag.Length + 2)
            {
                return false;
            }
        }

        view = new EthernetView(bytes, tags);
        return true;
    }

    /// <summary>Tag control information of tag <paramref name="index"/>, counted from the outermost.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such tag: check <see cref="TagCount"/>.</exception>
    public VlanTci TagAt(int index)
    {
        Wire.AtMost(index, _tags - 1, nameof(index));
        return new VlanTci(Wire.U16(_bytes, TypeOffset + 2 + (index * VlanTag.Length)));
    }

    /// <summary>EtherType that announces tag <paramref name="index"/>, counted from the outermost.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such tag: check <see cref="TagCount"/>.</exception>
    public EtherType TagTypeAt(int index)
    {
        Wire.AtMost(index, _tags - 1, nameof(index));
        return (EtherType)Wire.U16(_bytes, TypeOffset + (index * VlanTag.Length));
    }
}
