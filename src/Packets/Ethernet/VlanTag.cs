namespace Weft.Packets;

/// <summary>Facts of IEEE 802.1Q VLAN tags.</summary>
public static class VlanTag
{
    /// <summary>Octets of one tag: EtherType and tag control information (IEEE 802.1Q 9.3).</summary>
    public const int Length = 4;

    /// <summary>Most tags that parsing walks; deeper stacks are an attack or a loop.</summary>
    public const int MaxStack = 4;

    /// <summary>Largest VLAN identifier that may be used; 0 means priority tag, 4095 is reserved (IEEE 802.1Q table 9-2).</summary>
    public const ushort MaxVlanId = 4094;

    /// <summary>True for the EtherTypes that announce a tag.</summary>
    public static bool IsTag(EtherType etherType) => etherType is EtherType.VlanTag or EtherType.ServiceVlanTag;
}
