using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Weft.Mesh;
using Weft.MeshAgent.Certificates;
using Weft.MeshAgent.Native;

namespace Weft.MeshAgent.Tls;

/// <summary>
/// What connections of one generation share: our certificate, the bundles that judge others, keys of session tickets. When a certificate or a
/// bundle changes there is another context; connections keep the one they were made with, and sessions of the old one are not resumed.
/// </summary>
internal sealed unsafe class TlsContext : IDisposable
{
    /// <summary>Suites of TLS 1.3, AES-128 first: it is the fastest where the processor has AES.</summary>
    private const string Suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

    private static ReadOnlySpan<byte> Groups => "X25519:P-256:P-384\0"u8;

    /// <summary>Most bytes of certificates that a peer may send.</summary>
    private const int MaxCertificateBytes = 32 * 1024;

    /// <summary>Sessions are resumed for so long.</summary>
    private static readonly TimeSpan SessionLife = TimeSpan.FromMinutes(10);

    private readonly Func<SpiffeId, bool> _mayConnect;
    private nint _client;
    private nint _server;

    public TlsContext(MeshIdentity identity, Func<SpiffeId, bool> mayConnect, TimeProvider time)
    {
        Identity = identity;
        _mayConnect = mayConnect;
        Verifier = new PeerVerifier(identity.Bundles, time);
        _client = Create(isClient: true);
        _server = Create(isClient: false);
    }

    public MeshIdentity Identity { get; }

    public PeerVerifier Verifier { get; }

    public SessionStore Sessions { get; } = new();

    public nint Handle(bool isClient) => isClient ? _client : _server;

    /// <summary>Whether a peer who has proved who it is may be here.</summary>
    public PeerRefusal Authorize(SpiffeId id, TlsPeer? expected)
    {
        if (expected is not null)
        {
            return expected.Id == id ? PeerRefusal.None : PeerRefusal.WrongIdentity;
        }

        return _mayConnect(id) ? PeerRefusal.None : PeerRefusal.NotAuthorized;
    }

    /// <summary>Gives the context back; connections that were made of it keep what they need.</summary>
    public void Dispose()
    {
        Sessions.Close();
        OpenSsl.SSL_CTX_free(_client);
        OpenSsl.SSL_CTX_free(_server);
        _client = 0;
        _server = 0;
    }

    private nint Create(bool isClient)
    {
        nint context = OpenSsl.SSL_CTX_new(OpenSsl.TLS_method());
        _ = OpenSsl.SSL_CTX_ctrl(context, OpenSsl.ControlSetMinVersion, OpenSsl.Tls13, null);
        _ = OpenSsl.SSL_CTX_ctrl(context, OpenSsl.ControlMode, OpenSsl.ModeReleaseBuffers, null);
        _ = OpenSsl.SSL_CTX_ctrl(context, OpenSsl.ControlMaxCertList, MaxCertificateBytes, null);
        _ = OpenSsl.SSL_CTX_set_options(context, OpenSsl.OptionNoCompression | OpenSsl.OptionNoRenegotiation | OpenSsl.OptionServerPreference);
        Require(OpenSsl.SSL_CTX_set_ciphersuites(context, Suites), "the suites of TLS 1.3");
        fixed (byte* groups = Groups)
        {
            Require((int)OpenSsl.SSL_CTX_ctrl(context, OpenSsl.ControlSetGroupsList, 0, groups), "the groups");
        }

        OpenSsl.SSL_CTX_set_verify(context, OpenSsl.VerifyPeer | OpenSsl.VerifyFailIfNoPeerCertificate, 0);
        OpenSsl.SSL_CTX_set_cert_verify_callback(context, &VerifyPeer, 0);
        _ = OpenSsl.SSL_CTX_set_timeout(context, (nint)SessionLife.TotalSeconds);
        UseCertificate(context);
        if (isClient)
        {
            _ = OpenSsl.SSL_CTX_ctrl(context, OpenSsl.ControlSessionCacheMode, OpenSsl.CacheClientWithoutInternalStore, null);
            OpenSsl.SSL_CTX_sess_set_new_cb(context, &KeepSession);
            return context;
        }

        Span<byte> id = stackalloc byte[16];
        RandomNumberGenerator.Fill(id);
        fixed (byte* start = id)
        {
            _ = OpenSsl.SSL_CTX_set_session_id_context(context, start, (uint)id.Length);
        }

        _ = OpenSsl.SSL_CTX_ctrl(context, OpenSsl.ControlSessionCacheMode, 0, null); // tickets hold all: a cache would only grow
        _ = OpenSsl.SSL_CTX_set_num_tickets(context, 1);
        OpenSsl.SSL_CTX_set_alpn_select_cb(context, &SelectProtocol, 0);
        return context;
    }

    private void UseCertificate(nint context)
    {
        nint leaf = Decode(Identity.Leaf.RawData);
        Require(OpenSsl.SSL_CTX_use_certificate(context, leaf), "the certificate");
        OpenSsl.X509_free(leaf);
        foreach (byte[] intermediate in Identity.Intermediates)
        {
            nint certificate = Decode(intermediate);
            Require((int)OpenSsl.SSL_CTX_ctrl(context, OpenSsl.ControlChainCertificate, 1, (void*)certificate), "an intermediate certificate");
            OpenSsl.X509_free(certificate);
        }

        byte[] bytes = Identity.ExportKey();
        fixed (byte* start = bytes)
        {
            byte* at = start;
            nint key = OpenSsl.d2i_AutoPrivateKey(null, &at, bytes.Length);
            Require(key == 0 ? 0 : OpenSsl.SSL_CTX_use_PrivateKey(context, key), "the private key");
            OpenSsl.EVP_PKEY_free(key);
        }

        CryptographicOperations.ZeroMemory(bytes);
        Require(OpenSsl.SSL_CTX_check_private_key(context), "the private key of this certificate");
    }

    private static nint Decode(byte[] bytes)
    {
        fixed (byte* start = bytes)
        {
            byte* at = start;
            return OpenSsl.d2i_X509(null, &at, bytes.Length);
        }
    }

    private static void Require(int result, string what)
    {
        if (result <= 0)
        {
            throw new InvalidDataException($"OpenSSL does not take {what}: {OpenSsl.LastReason()}");
        }
    }

    [UnmanagedCallersOnly]
    private static int VerifyPeer(nint store, nint argument)
    {
        PeerRefusal refusal;
        try
        {
            byte[] leaf = OpenSsl.Encode(OpenSsl.X509_STORE_CTX_get0_cert(store));
            var intermediates = new List<byte[]>();
            nint untrusted = OpenSsl.X509_STORE_CTX_get0_untrusted(store);
            for (int i = 0; i < OpenSsl.OPENSSL_sk_num(untrusted); i++)
            {
                byte[] certificate = OpenSsl.Encode(OpenSsl.OPENSSL_sk_value(untrusted, i));
                if (!certificate.AsSpan().SequenceEqual(leaf))
                {
                    intermediates.Add(certificate);
                }
            }

            refusal = TlsConnection.Current!.Judge(leaf, intermediates);
        }
        catch (CryptographicException)
        {
            refusal = PeerRefusal.MalformedCertificate;
        }

        OpenSsl.X509_STORE_CTX_set_error(store, refusal switch
        {
            PeerRefusal.None => OpenSsl.VerifyOk,
            PeerRefusal.Expired => OpenSsl.VerifyExpired,
            PeerRefusal.NotYetValid => OpenSsl.VerifyNotYetValid,
            PeerRefusal.UntrustedChain or PeerRefusal.UnknownTrustDomain => OpenSsl.VerifyUnableToGetIssuer,
            PeerRefusal.AuthorityAsPeer or PeerRefusal.WrongKeyUsage or PeerRefusal.WrongExtendedKeyUsage => OpenSsl.VerifyInvalidPurpose,
            _ => OpenSsl.VerifyRejected,
        });
        return refusal == PeerRefusal.None ? 1 : 0;
    }

    [UnmanagedCallersOnly]
    private static int KeepSession(nint ssl, nint session)
    {
        TlsConnection connection = TlsConnection.Current!;
        return connection.Expected is not null && connection.Refusal == PeerRefusal.None && connection.Context.Sessions.TryKeep(connection.Expected, session) ? 1 : 0;
    }

    [UnmanagedCallersOnly]
    private static int SelectProtocol(nint ssl, byte** chosen, byte* chosenLength, byte* offered, uint offeredLength, nint argument)
    {
        (int start, int length) = TunnelProtocols.Choose(new ReadOnlySpan<byte>(offered, (int)offeredLength));
        if (length == 0)
        {
            return OpenSsl.AlpnFatal; // no_application_protocol (RFC 7301 section 3.2)
        }

        *chosen = offered + start;
        *chosenLength = (byte)length;
        return OpenSsl.AlpnOk;
    }
}
