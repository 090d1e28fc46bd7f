namespace Weft.Packets;

/// <summary>Tag control information of a VLAN tag (IEEE 802.1Q 9.6): priority 3 bits, drop eligibility 1, identifier 12.</summary>
/// <param name="Value">The 16 bits as a number.</param>
public readonly record struct VlanTci(ushort Value)
{
    /// <summary>Creates the information from its parts.</summary>
    /// <param name="vlanId">0 (priority tag only) to 4095.</param>
    /// <param name="priority">Priority code point, 0 to 7.</param>
    /// <param name="dropEligible">True if the frame may be dropped first.</param>
    /// <exception cref="ArgumentOutOfRangeException">A part is outside its range.</exception>
    public VlanTci(ushort vlanId, byte priority, bool dropEligible = false)
        : this((ushort)((priority << 13) | (dropEligible ? 0x1000 : 0) | vlanId))
    {
        Wire.AtMost(vlanId, 0xFFF, nameof(vlanId));
        Wire.AtMost(priority, 7, nameof(priority));
    }

    /// <summary>VLAN identifier; 0 means that the tag carries a priority only.</summary>
    public ushort VlanId => (ushort)(Value & 0xFFF);

    /// <summary>Priority code point, 0 to 7.</summary>
    public byte Priority => (byte)(Value >> 13);

    /// <summary>True if the frame may be dropped first.</summary>
    public bool DropEligible => (Value & 0x1000) != 0;
}
