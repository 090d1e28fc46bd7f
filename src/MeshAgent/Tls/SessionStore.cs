using System.Runtime.InteropServices;
using Weft.MeshAgent.Native;

namespace Weft.MeshAgent.Tls;

/// <summary>
/// The newest session of each peer, for a client to resume. It belongs to one <see cref="TlsContext"/>, so no session outlives the
/// certificate and the bundles under which it was made.
/// </summary>
internal sealed class SessionStore
{
    private readonly Dictionary<TlsPeer, nint> _sessions = [];
    private readonly Lock _lock = new();
    private bool _closed;

    /// <summary>Has a connection offer the session that is kept, if there is one.</summary>
    public void Offer(TlsPeer peer, nint ssl)
    {
        lock (_lock)
        {
            if (_sessions.TryGetValue(peer, out nint session))
            {
                _ = OpenSsl.SSL_set_session(ssl, session); // takes a reference of its own
            }
        }
    }

    /// <summary>Keeps a session, whose reference becomes the store's.</summary>
    public bool TryKeep(TlsPeer peer, nint session)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return false;
            }

            ref nint kept = ref CollectionsMarshal.GetValueRefOrAddDefault(_sessions, peer, out bool exists);
            if (exists)
            {
                OpenSsl.SSL_SESSION_free(kept);
            }

            kept = session;
            return true;
        }
    }

    /// <summary>Resumes a session no more.</summary>
    public void Forget(TlsPeer? peer)
    {
        lock (_lock)
        {
            if (peer is not null && _sessions.Remove(peer, out nint session))
            {
                OpenSsl.SSL_SESSION_free(session);
            }
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            foreach (nint session in _sessions.Values)
            {
                OpenSsl.SSL_SESSION_free(session);
            }

            _sessions.Clear();
        }
    }
}
