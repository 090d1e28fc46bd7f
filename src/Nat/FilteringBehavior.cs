namespace Weft.Nat;

/// <summary>Who outside may send to an external endpoint (RFC 4787 section 5).</summary>
public enum FilteringBehavior : byte
{
    /// <summary>Everybody, while there is a mapping.</summary>
    EndpointIndependent,

    /// <summary>The addresses to which the inside endpoint has sent.</summary>
    AddressDependent,

    /// <summary>The addresses and ports to which the inside endpoint has sent.</summary>
    AddressAndPortDependent,
}
