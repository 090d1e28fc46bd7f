namespace Weft.Encap;

/// <summary>How the explicit congestion notification field of the outer header is made (RFC 6040 section 4.1).</summary>
public enum OuterEcn : byte
{
    /// <summary>Normal mode: the inner field is copied, so that routers on the path can mark instead of drop.</summary>
    Normal,

    /// <summary>Compatibility mode: the outer field is Not-ECT, for a remote endpoint that does not follow RFC 6040.</summary>
    Compatibility,
}
