namespace Weft.Encap;

/// <summary>The tunnel header between UDP and the inner Ethernet frame.</summary>
public enum TunnelProtocol : byte
{
    /// <summary>VXLAN (RFC 7348), UDP port 4789.</summary>
    Vxlan,

    /// <summary>Geneve (RFC 8926), UDP port 6081.</summary>
    Geneve,

    /// <summary>VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe), UDP port 4790: VXLAN that names what it carries.</summary>
    VxlanGpe,
}
