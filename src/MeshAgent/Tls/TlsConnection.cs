using System.Runtime.InteropServices;
using Weft.Mesh;
using Weft.MeshAgent.Certificates;
using Weft.MeshAgent.Loops;
using Weft.MeshAgent.Native;

namespace Weft.MeshAgent.Tls;

/// <summary>
/// One TLS 1.3 connection over a socket of a loop. Records that are to go out gather until <see cref="Flush"/>; records that came in are
/// held only while OpenSSL has not taken them. An idle connection holds no buffer.
/// </summary>
internal sealed unsafe partial class TlsConnection
{
    /// <summary>Most bytes of one record (RFC 8446 section 5.1).</summary>
    public const int MaxPlaintext = 16_384;

    /// <summary>Output beyond which the caller is to wait for <see cref="Flush"/>.</summary>
    private const int OutputMark = BufferPool.BufferBytes - MaxRecord;

    private const int MaxRecord = MaxPlaintext + 256 + 5;

    private readonly LoopSocket _socket;
    private readonly TlsContext _context;
    private readonly bool _isClient;
    private nint _ssl;
    private long _recordsSent;
    private long _recordsReceived;
    private bool _outputBroken;
    private bool _broken;

    public TlsConnection(TlsContext context, LoopSocket socket, TlsPeer? peer)
    {
        _context = context;
        _socket = socket;
        _isClient = peer is not null;
        Expected = peer;
        _ssl = OpenSsl.SSL_new(context.Handle(_isClient));
        nint bio = TlsBio.New();
        OpenSsl.SSL_set_bio(_ssl, bio, bio);
        if (peer is null)
        {
            OpenSsl.SSL_set_accept_state(_ssl);
            return;
        }

        OpenSsl.SSL_set_connect_state(_ssl);
        peer.Prepare(_ssl);
        context.Sessions.Offer(peer, _ssl);
    }

    /// <summary>Whom a client wants to meet; null at a server.</summary>
    public TlsPeer? Expected { get; }

    public TlsContext Context => _context;

    /// <summary>Who the other side is; meaningful once the handshake is done.</summary>
    public PeerVerdict Peer { get; private set; }

    /// <summary>Why the other side's certificate was refused; none if it was not.</summary>
    public PeerRefusal Refusal { get; private set; }

    /// <summary>What OpenSSL said when the connection failed.</summary>
    public string? FailureReason { get; private set; }

    /// <summary>True if the handshake was shortened by an earlier one.</summary>
    public bool IsResumed { get; private set; }

    /// <summary>True if the other side has been asked for something that it may answer after it has said that it sends no more.</summary>
    public bool ExpectsAnswer { get; private set; }

    /// <summary>True while records wait for the socket.</summary>
    public bool HasOutput => _outputEnd > _outputStart;

    /// <summary>True if so many records wait that no more should be made.</summary>
    public bool IsCongested => _outputEnd - _outputStart > OutputMark;

    /// <summary>The protocol that was agreed on inside TLS (RFC 7301).</summary>
    public TunnelProtocol Protocol { get; private set; }

    /// <summary>Goes on with the handshake, the check of the other side included. Flushes.</summary>
    public TlsStatus Handshake()
    {
        int result = Enter(&DoHandshake, null, 0);
        if (result == 1)
        {
            return Flush() != TlsStatus.Failed && Complete() ? TlsStatus.Done : TlsStatus.Failed;
        }

        TlsStatus status = StatusOf(result);
        _ = Flush(); // an alert tells the other side why
        return status is TlsStatus.Wait ? TlsStatus.Wait : status is TlsStatus.Truncated ? TlsStatus.Truncated : TlsStatus.Failed;
    }

    /// <summary>Reads what one record has at most.</summary>
    /// <returns>Bytes read; 0 if there are none, and <paramref name="status"/> says why.</returns>
    public int Read(Span<byte> buffer, out TlsStatus status)
    {
        status = TlsStatus.Done;
        if (_broken)
        {
            status = TlsStatus.Failed;
            return 0;
        }

        int count;
        fixed (byte* start = buffer)
        {
            count = Enter(&DoRead, start, buffer.Length);
        }

        if (count > 0)
        {
            _recordsReceived++;
            return count;
        }

        status = StatusOf(count);
        return 0;
    }

    /// <summary>Makes records of bytes; all of them, whether or not the socket takes them now.</summary>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (int at = 0; at < bytes.Length; at += MaxPlaintext)
            {
                int length = Math.Min(MaxPlaintext, bytes.Length - at);
                if (_broken || _outputBroken || Enter(&DoWrite, start + at, length) != length)
                {
                    _broken = true;
                    return false;
                }

                _recordsSent++;
            }
        }

        return true;
    }

    /// <summary>Has the socket take what it can of the records that wait. That it takes no more does not mean that nothing can be read.</summary>
    public TlsStatus Flush()
    {
        if (_outputBroken)
        {
            return TlsStatus.Failed;
        }

        while (HasOutput)
        {
            int sent = _socket.Send(_output.AsSpan(_outputStart.._outputEnd));
            if (sent == LoopSocket.Broken)
            {
                _outputBroken = true;
                ReturnOutput();
                return TlsStatus.Failed;
            }

            if (sent == LoopSocket.WouldBlock)
            {
                return TlsStatus.Wait;
            }

            _outputStart += sent;
        }

        ReturnOutput();
        return TlsStatus.Done;
    }

    /// <summary>Says that no more comes from here (close_notify); the other direction goes on.</summary>
    public void CloseNotify()
    {
        if (!_broken)
        {
            _ = Enter(&DoShutdown, null, 0);
        }
    }

    /// <summary>
    /// Replaces the key of this direction once it has protected so many records (RFC 8446 sections 4.6.3 and 5.5). Agents count what they send
    /// themselves; of another peer the key is asked for when it has sent a quarter more.
    /// </summary>
    /// <param name="limit">Records under one key.</param>
    /// <param name="renewed">True if there is a new one.</param>
    /// <returns>False if the connection is broken.</returns>
    public bool RenewKeys(long limit, out bool renewed)
    {
        bool ask = Protocol == TunnelProtocol.Plain && _recordsReceived >= limit + (limit / 4);
        renewed = _recordsSent >= limit || ask;
        if (!renewed)
        {
            return true;
        }

        _recordsSent = 0;
        _recordsReceived = ask ? 0 : _recordsReceived;
        ExpectsAnswer |= ask;
        return Enter(ask ? &DoKeyUpdateOfBoth : &DoKeyUpdate, null, 0) == 1;
    }

    /// <summary>Gives everything back. The socket is the caller's.</summary>
    public void Free()
    {
        if (_ssl == 0)
        {
            return;
        }

        // Without this OpenSSL takes the session for a bad one and resumes it no more.
        OpenSsl.SSL_set_shutdown(_ssl, OpenSsl.SentAndReceivedShutdown);
        OpenSsl.SSL_free(_ssl);
        _ssl = 0;
        _broken = true;
        ReturnInput();
        ReturnOutput();
    }

    /// <summary>Judges the certificate that the other side sent; called by OpenSSL during the handshake.</summary>
    public PeerRefusal Judge(byte[] leaf, List<byte[]> intermediates)
    {
        Peer = _context.Verifier.Verify(leaf, intermediates, _isClient ? PeerRole.Server : PeerRole.Client);
        Refusal = Peer.Refusal != PeerRefusal.None ? Peer.Refusal : _context.Authorize(Peer.Id, Expected);
        return Refusal;
    }

    private TlsStatus StatusOf(int result)
    {
        if (_ssl == 0)
        {
            return TlsStatus.Failed;
        }

        switch (OpenSsl.SSL_get_error(_ssl, result))
        {
            case OpenSsl.ErrorWantRead or OpenSsl.ErrorWantWrite when !_broken:
                return TlsStatus.Wait;
            case OpenSsl.ErrorZeroReturn:
                return TlsStatus.Closed;
        }

        bool truncated = _inputEnded && !_broken && (OpenSsl.ERR_peek_last_error() & OpenSsl.ReasonMask) is OpenSsl.ReasonUnexpectedEnd or 0;
        FailureReason = OpenSsl.LastReason();
        _broken = true;
        return truncated ? TlsStatus.Truncated : TlsStatus.Failed;
    }

    // A resumed handshake shows no certificate: who it was then is asked again, against today's clock and today's bundles.
    private bool Complete()
    {
        IsResumed = OpenSsl.SSL_session_reused(_ssl) == 1;
        if (IsResumed || Peer.Id.IsEmpty)
        {
            nint certificate = OpenSsl.SSL_get1_peer_certificate(_ssl);
            byte[] leaf = certificate == 0 ? [] : OpenSsl.Encode(certificate);
            OpenSsl.X509_free(certificate);
            if (Judge(leaf, []) != PeerRefusal.None)
            {
                _broken = true;
                _context.Sessions.Forget(Expected);
                return false;
            }
        }

        byte* protocol;
        uint length;
        OpenSsl.SSL_get0_alpn_selected(_ssl, &protocol, &length);
        Protocol = TunnelProtocols.Read(new ReadOnlySpan<byte>(protocol, (int)length));
        return true;
    }
}
