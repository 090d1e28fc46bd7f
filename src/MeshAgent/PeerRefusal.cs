namespace Weft.MeshAgent;

/// <summary>Why a peer's certificate was refused. No byte of an application passes before the certificate is accepted.</summary>
public enum PeerRefusal
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>The peer sent none.</summary>
    NoCertificate,

    /// <summary>The bytes are no certificate, or an extension cannot be read.</summary>
    MalformedCertificate,

    /// <summary>It has no URI as subject alternative name (X509-SVID section 2).</summary>
    NoIdentity,

    /// <summary>It has more than one URI as subject alternative name, which must be refused (X509-SVID section 2).</summary>
    SeveralIdentities,

    /// <summary>The URI is no SPIFFE ID with a path.</summary>
    MalformedIdentity,

    /// <summary>It may sign certificates; such a one never identifies a peer (X509-SVID section 4.1 and 5.2).</summary>
    AuthorityAsPeer,

    /// <summary>Its key usage lacks digitalSignature, or has keyCertSign or cRLSign (X509-SVID section 4.3).</summary>
    WrongKeyUsage,

    /// <summary>It has extended key usages, and the one of this role is not among them (X509-SVID section 4.4).</summary>
    WrongExtendedKeyUsage,

    /// <summary>Its validity has not begun.</summary>
    NotYetValid,

    /// <summary>Its validity has ended.</summary>
    Expired,

    /// <summary>There is no bundle of its trust domain.</summary>
    UnknownTrustDomain,

    /// <summary>It does not chain to a root of the bundle of its trust domain (RFC 5280 section 6).</summary>
    UntrustedChain,

    /// <summary>It is valid, but names another than the one that was dialled.</summary>
    WrongIdentity,

    /// <summary>It is valid, but names nobody who may connect here.</summary>
    NotAuthorized,
}
