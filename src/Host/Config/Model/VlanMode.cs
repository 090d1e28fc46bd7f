namespace Weft.Host.Config;

/// <summary>VLAN treatment of an access-role port.</summary>
public enum VlanMode
{
    /// <summary>Untagged frames belong to one VLAN; tagged frames of another VLAN are dropped.</summary>
    Access,

    /// <summary>Tagged frames of the allowed VLANs; untagged frames belong to the native VLAN if there is one.</summary>
    Trunk,
}
