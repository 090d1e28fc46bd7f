namespace Weft.Host.Config;

/// <summary>Tunnel protocol of an endpoint.</summary>
public enum TunnelKind
{
    /// <summary>VXLAN (RFC 7348), UDP port 4789.</summary>
    Vxlan,

    /// <summary>Geneve (RFC 8926), UDP port 6081.</summary>
    Geneve,

    /// <summary>VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe).</summary>
    VxlanGpe,
}
