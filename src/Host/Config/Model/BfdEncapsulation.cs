namespace Weft.Host.Config;

/// <summary>How BFD between the tunnel endpoints of two bridge nodes travels.</summary>
public enum BfdEncapsulation
{
    /// <summary>As UDP between the endpoints (RFC 5881): cheap, and blind to a tunnel that does not work.</summary>
    Underlay,

    /// <summary>Inside the tunnel, in the management VNI (RFC 8971 for VXLAN, RFC 9521 for Geneve): it fails when the tunnel does, ESP included.</summary>
    Tunnel,
}
