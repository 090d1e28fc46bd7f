using System.Buffers.Binary;
using System.Text;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>Writes TLVs one behind the other into a buffer that is large enough for all that an agent says.</summary>
internal ref struct LldpWriter(Span<byte> room)
{
    private readonly Span<byte> _room = room;

    /// <summary>Octets written.</summary>
    public int Length { get; private set; }

    public void Ethernet(MacAddress destination, MacAddress source)
    {
        destination.Write(_room);
        source.Write(_room[MacAddress.Length..]);
        BinaryPrimitives.WriteUInt16BigEndian(_room[(2 * MacAddress.Length)..], (ushort)EtherType.Lldp);
        Length = (2 * MacAddress.Length) + sizeof(ushort);
    }

    /// <summary>The time to live alone changes: where its value stands.</summary>
    public int TimeToLive()
    {
        _ = Begin(LldpTlv.TimeToLive, sizeof(ushort));
        return Length - sizeof(ushort);
    }

    public void Identifier(int type, byte subtype, scoped ReadOnlySpan<byte> value)
    {
        Span<byte> at = Begin(type, value.Length + 1);
        at[0] = subtype;
        value.CopyTo(at[1..]);
    }

    public void Text(int type, string text)
    {
        if (text.Length > 0)
        {
            _ = Encoding.UTF8.GetBytes(text, Begin(type, Encoding.UTF8.GetByteCount(text)));
        }
    }

    public void Capabilities(ushort all, ushort enabled)
    {
        Span<byte> at = Begin(LldpTlv.SystemCapabilities, 2 * sizeof(ushort));
        BinaryPrimitives.WriteUInt16BigEndian(at, all);
        BinaryPrimitives.WriteUInt16BigEndian(at[2..], enabled);
    }

    public void Management(byte family, scoped ReadOnlySpan<byte> address)
    {
        // Without a number of the interface and without an object identifier.
        Span<byte> at = Begin(LldpTlv.ManagementAddress, 2 + address.Length + 6);
        at.Clear();
        (at[0], at[1]) = ((byte)(address.Length + 1), family);
        address.CopyTo(at[2..]);
        at[2 + address.Length] = LldpTlv.InterfaceUnknown;
    }

    public void Organization(uint organization, byte subtype, scoped ReadOnlySpan<byte> value)
    {
        Span<byte> at = Begin(LldpTlv.Organization, LldpTlv.OrganizationHeaderLength + value.Length);
        BinaryPrimitives.WriteUInt32BigEndian(at, (organization << 8) | subtype);
        value.CopyTo(at[LldpTlv.OrganizationHeaderLength..]);
    }

    public void End() => _ = Begin(LldpTlv.End, 0);

    private Span<byte> Begin(int type, int length)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_room[Length..], (ushort)((type << 9) | length));
        Span<byte> value = _room.Slice(Length + LldpTlv.HeaderLength, length);
        Length += LldpTlv.HeaderLength + length;
        return value;
    }
}
