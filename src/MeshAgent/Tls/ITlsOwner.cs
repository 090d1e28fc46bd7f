using Weft.MeshAgent.Loops;

namespace Weft.MeshAgent.Tls;

/// <summary>Who gets a TLS connection when it has been made.</summary>
internal interface ITlsOwner
{
    /// <summary>The handshake ended well; both are the owner's now, and whatever the socket has to say has to be looked for.</summary>
    void OnOpened(LoopSocket socket, TlsConnection tls);

    /// <summary>There will be no connection; everything has been closed and counted.</summary>
    void OnOpenFailed(string reason);
}
