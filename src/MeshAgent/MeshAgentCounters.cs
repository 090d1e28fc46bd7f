using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Weft.MeshAgent;

/// <summary>What an agent has counted since it started, over all its threads. Every field is a number of events unless its name says bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MeshAgentCounters
{
    /// <summary>Connections of local applications that were accepted.</summary>
    public long LocalAccepted;

    /// <summary>TLS connections of other agents that were accepted, before their handshakes.</summary>
    public long TunnelsAccepted;

    /// <summary>TLS connections that were begun to other agents.</summary>
    public long TunnelsDialled;

    /// <summary>TLS connections that could not be made: no route, refused, or the handshake failed.</summary>
    public long TunnelFailures;

    /// <summary>Handshakes that ended well, on either side.</summary>
    public long Handshakes;

    /// <summary>Of these, the ones that resumed an earlier session.</summary>
    public long Resumptions;

    /// <summary>Handshakes that failed for another reason than a refused certificate: no TLS, an older version, an alert.</summary>
    public long HandshakeFailures;

    /// <summary>Connections that did not get as far as carrying data within the handshake deadline.</summary>
    public long HandshakeTimeouts;

    /// <summary>Peers without a certificate.</summary>
    public long RefusedNoCertificate;

    /// <summary>Peers whose certificate cannot be read.</summary>
    public long RefusedMalformedCertificate;

    /// <summary>Peers whose certificate has no URI.</summary>
    public long RefusedNoIdentity;

    /// <summary>Peers whose certificate has several URIs.</summary>
    public long RefusedSeveralIdentities;

    /// <summary>Peers whose URI is no SPIFFE ID with a path.</summary>
    public long RefusedMalformedIdentity;

    /// <summary>Peers with a certificate of an authority.</summary>
    public long RefusedAuthorityAsPeer;

    /// <summary>Peers whose certificate has the wrong key usage.</summary>
    public long RefusedWrongKeyUsage;

    /// <summary>Peers whose certificate has the wrong extended key usage.</summary>
    public long RefusedWrongExtendedKeyUsage;

    /// <summary>Peers whose certificate is not valid yet.</summary>
    public long RefusedNotYetValid;

    /// <summary>Peers whose certificate has expired.</summary>
    public long RefusedExpired;

    /// <summary>Peers of a trust domain without a bundle.</summary>
    public long RefusedUnknownTrustDomain;

    /// <summary>Peers whose certificate does not chain to the bundle.</summary>
    public long RefusedUntrustedChain;

    /// <summary>Peers who are not the one that was dialled.</summary>
    public long RefusedWrongIdentity;

    /// <summary>Peers who may not connect here.</summary>
    public long RefusedNotAuthorized;

    /// <summary>Application connections carried, one TLS connection each, on either side.</summary>
    public long Relays;

    /// <summary>Streams opened in shared TLS connections for local applications.</summary>
    public long StreamsOpened;

    /// <summary>Streams that other agents opened and that reached the local application.</summary>
    public long StreamsAccepted;

    /// <summary>Application connections that other agents asked for and that no rule allows: not a service of ours, or a client address of somebody else.</summary>
    public long OpensRefused;

    /// <summary>Local applications that did not accept a connection.</summary>
    public long ApplicationFailures;

    /// <summary>Application connections whose open failed at the other side; the local client got a reset.</summary>
    public long OpenFailures;

    /// <summary>Connections to applications that have the client's own port.</summary>
    public long PortsKept;

    /// <summary>Connections to applications with another port than the client's, which was not free.</summary>
    public long PortsChanged;

    /// <summary>TLS connections that ended without close_notify; the application got a reset, because what it read may be a part only.</summary>
    public long Truncations;

    /// <summary>Application connections that were reset, by either side.</summary>
    public long Resets;

    /// <summary>Application connections that ended in good order.</summary>
    public long Completed;

    /// <summary>Connections refused because the limit of all connections was reached.</summary>
    public long ConnectionLimit;

    /// <summary>Connections refused because the limit of handshakes under way, in all or for one source, was reached.</summary>
    public long HandshakeLimit;

    /// <summary>Connections closed because nothing moved for the idle time.</summary>
    public long IdleTimeouts;

    /// <summary>TLS connections closed because a certificate expired and the grace was over.</summary>
    public long ExpiredTunnels;

    /// <summary>Shared TLS connections replaced by new ones after a change of certificates.</summary>
    public long TunnelsReplaced;

    /// <summary>Shared TLS connections closed because the other side broke the protocol.</summary>
    public long MuxViolations;

    /// <summary>PROXY headers that could not be read.</summary>
    public long ProxyHeadersMalformed;

    /// <summary>Times that keys were replaced before the limit of records.</summary>
    public long KeyUpdates;

    /// <summary>Datagrams of local applications that were sent.</summary>
    public long DatagramsSent;

    /// <summary>Datagrams that were handed to local applications.</summary>
    public long DatagramsDelivered;

    /// <summary>Datagrams dropped because there was no credit, no room or no tunnel.</summary>
    public long DatagramsDropped;

    /// <summary>Bytes of local applications that were encrypted.</summary>
    public long BytesEncrypted;

    /// <summary>Bytes that were decrypted for local applications.</summary>
    public long BytesDecrypted;

    /// <summary>The counter of a refusal.</summary>
    [UnscopedRef]
    internal ref long Refused(PeerRefusal refusal)
    {
        switch (refusal)
        {
            case PeerRefusal.NoCertificate:
                return ref RefusedNoCertificate;
            case PeerRefusal.NoIdentity:
                return ref RefusedNoIdentity;
            case PeerRefusal.SeveralIdentities:
                return ref RefusedSeveralIdentities;
            case PeerRefusal.MalformedIdentity:
                return ref RefusedMalformedIdentity;
            case PeerRefusal.AuthorityAsPeer:
                return ref RefusedAuthorityAsPeer;
            case PeerRefusal.WrongKeyUsage:
                return ref RefusedWrongKeyUsage;
            case PeerRefusal.WrongExtendedKeyUsage:
                return ref RefusedWrongExtendedKeyUsage;
            case PeerRefusal.NotYetValid:
                return ref RefusedNotYetValid;
            case PeerRefusal.Expired:
                return ref RefusedExpired;
            case PeerRefusal.UnknownTrustDomain:
                return ref RefusedUnknownTrustDomain;
            case PeerRefusal.UntrustedChain:
                return ref RefusedUntrustedChain;
            case PeerRefusal.WrongIdentity:
                return ref RefusedWrongIdentity;
            case PeerRefusal.NotAuthorized:
                return ref RefusedNotAuthorized;
            default:
                return ref RefusedMalformedCertificate;
        }
    }

    /// <summary>Adds what another thread counted.</summary>
    internal void Add(in MeshAgentCounters other)
    {
        Span<long> sums = MemoryMarshal.Cast<MeshAgentCounters, long>(new Span<MeshAgentCounters>(ref this));
        ReadOnlySpan<long> more = MemoryMarshal.Cast<MeshAgentCounters, long>(new ReadOnlySpan<MeshAgentCounters>(in other));
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += Volatile.Read(in more[i]);
        }
    }
}
