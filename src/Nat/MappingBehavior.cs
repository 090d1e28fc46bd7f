namespace Weft.Nat;

/// <summary>Which packets of an inside endpoint share an external one (RFC 4787 section 4.1).</summary>
public enum MappingBehavior : byte
{
    /// <summary>All of them, whoever the remote is (RFC 4787 REQ-1, RFC 5382 REQ-1).</summary>
    EndpointIndependent,

    /// <summary>Those to one address and port; every remote is given a port of its own.</summary>
    AddressAndPortDependent,
}
