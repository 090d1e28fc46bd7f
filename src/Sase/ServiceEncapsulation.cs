namespace Weft.Sase;

/// <summary>What gateways and nodes put between UDP and the tenant's frame.</summary>
public enum ServiceEncapsulation : byte
{
    /// <summary>Geneve with two options: epoch and context (RFC 8926).</summary>
    Geneve,

    /// <summary>VXLAN (RFC 7348), which has no room for an epoch: a gateway tells owners by their address alone.</summary>
    Vxlan,

    /// <summary>A network service header with context of fixed length (RFC 8300 section 2.4) in VXLAN-GPE.</summary>
    Nsh,
}
