namespace Weft.Packets;

/// <summary>Flags of a BFD control packet (RFC 5880 section 4.1), at their places in the second octet.</summary>
[Flags]
public enum BfdFlags : byte
{
    /// <summary>None set.</summary>
    None = 0,

    /// <summary>M: reserved for point to multipoint, 0 in RFC 5880.</summary>
    Multipoint = 1,

    /// <summary>D: the sender wishes demand mode.</summary>
    Demand = 2,

    /// <summary>A: an authentication section follows.</summary>
    Authentication = 4,

    /// <summary>C: the sender's BFD does not share the fate of its control plane.</summary>
    ControlPlaneIndependent = 8,

    /// <summary>F: the answer to a poll.</summary>
    Final = 16,

    /// <summary>P: the sender asks for an answer with F.</summary>
    Poll = 32,
}
