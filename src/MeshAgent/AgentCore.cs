using Weft.Mesh;
using Weft.MeshAgent.Loops;
using Weft.MeshAgent.Tls;

namespace Weft.MeshAgent;

/// <summary>What all connections of an agent share.</summary>
internal sealed class AgentCore(MeshAgentOptions options, AgentPolicy policy)
{
    private readonly Lock _sourcesLock = new();
    private readonly Dictionary<ulong, int> _handshakesOfSource = [];
    private volatile AgentPolicy _policy = policy;
    private volatile TlsContext? _context;
    private volatile bool _draining;
    private int _connections;
    private int _handshakes;

    public MeshAgentOptions Options => options;

    /// <summary>The present rules; connections keep the way that they have.</summary>
    public AgentPolicy Policy
    {
        get => _policy;
        set => _policy = value;
    }

    /// <summary>The present certificates; connections keep theirs.</summary>
    public TlsContext Context
    {
        get => _context!;
        set => _context = value;
    }

    /// <summary>True once no new connections are taken.</summary>
    public bool IsDraining
    {
        get => _draining;
        set => _draining = value;
    }

    /// <summary>Connections at the moment.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public void Tell(MeshAgentEventKind kind, string text) => options.OnEvent?.Invoke(new MeshAgentEvent(kind, text));

    /// <summary>Takes a place for a connection; false if there is none.</summary>
    public bool TryEnter(EventLoop loop)
    {
        if (Interlocked.Increment(ref _connections) <= options.MaxConnections)
        {
            return true;
        }

        Interlocked.Decrement(ref _connections);
        loop.Counters.Values.ConnectionLimit++;
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _connections);

    /// <summary>Takes a place for a handshake that somebody else began; false if there is none for him.</summary>
    public bool TryBeginHandshake(EventLoop loop, MeshEndpoint source)
    {
        lock (_sourcesLock)
        {
            ulong key = KeyOf(source);
            int own = _handshakesOfSource.GetValueOrDefault(key);
            if (_handshakes < options.MaxHandshakes && own < options.MaxHandshakesPerSource)
            {
                _handshakes++;
                _handshakesOfSource[key] = own + 1;
                return true;
            }
        }

        loop.Counters.Values.HandshakeLimit++;
        return false;
    }

    public void EndHandshake(MeshEndpoint source)
    {
        lock (_sourcesLock)
        {
            ulong key = KeyOf(source);
            int left = _handshakesOfSource[key] - 1;
            _handshakes--;
            if (left == 0)
            {
                _handshakesOfSource.Remove(key);
            }
            else
            {
                _handshakesOfSource[key] = left;
            }
        }
    }

    /// <summary>When a connection under these certificates has to end, on a loop's clock.</summary>
    public long ExpiryOf(EventLoop loop, DateTimeOffset peerNotAfter, DateTimeOffset ownNotAfter, TimeSpan grace)
    {
        DateTimeOffset end = peerNotAfter < ownNotAfter ? peerNotAfter : ownNotAfter;
        double left = (end + grace - options.Time.GetUtcNow()).TotalMilliseconds;
        return left > TimeSpan.FromDays(3650).TotalMilliseconds ? long.MaxValue : loop.Now + (long)left;
    }

    // A host of IPv6 has a /64 of addresses; each network counts as one source.
    private static ulong KeyOf(MeshEndpoint source) => source.IsIPv4 ? source.Address.Low : source.Address.High;
}
