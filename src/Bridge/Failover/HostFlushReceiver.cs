namespace Weft.Bridge;

/// <summary>
/// A host's side of <see cref="HostFlush"/>: tells genuine and new requests of one pair from all else. What to do with them is said by
/// the request; <see cref="FilteringDatabase.Flush(BridgeLocation, ushort)"/> and <see cref="FilteringDatabase.Repoint"/> do it.
/// </summary>
public sealed class HostFlushReceiver : IDisposable
{
    private const int MaxNodes = 8;
    private readonly ulong _bridge;
    private readonly MessageAuthenticator _authenticator;
    private readonly ushort[] _nodes = new ushort[MaxNodes];
    private readonly ReplayGuard[] _guards = new ReplayGuard[MaxNodes];
    private int _known;

    /// <summary>Creates a receiver.</summary>
    /// <param name="bridge">Name of the pair.</param>
    /// <param name="key">Secret of the pair; empty to believe everybody.</param>
    public HostFlushReceiver(ulong bridge, ReadOnlySpan<byte> key) => (_bridge, _authenticator) = (bridge, new MessageAuthenticator(key));

    /// <summary>Judges a request.</summary>
    public MacSyncVerdict Receive(ReadOnlySpan<byte> message, out HostFlush flush)
    {
        if (!HostFlush.TryParse(message, out flush))
        {
            return MacSyncVerdict.Malformed;
        }

        if (flush.Bridge != _bridge)
        {
            return MacSyncVerdict.ForeignBridge;
        }

        if (!_authenticator.Verify(message, HostFlush.AuthenticatorOffset))
        {
            return MacSyncVerdict.Unauthentic;
        }

        int node = IndexOf(flush.Node);
        return node >= 0 && _guards[node].TryAccept(flush.Epoch, flush.Sequence) ? MacSyncVerdict.Accepted : MacSyncVerdict.Stale;
    }

    /// <summary>Goes on where another receiver of the same pair stopped: what that one has accepted is stale here.</summary>
    public void ContinueFrom(HostFlushReceiver earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        earlier._nodes.CopyTo(_nodes, 0);
        earlier._guards.CopyTo(_guards, 0);
        _known = earlier._known;
    }

    /// <summary>Frees the hash. The receiver must not be used afterwards.</summary>
    public void Dispose() => _authenticator.Dispose();

    private int IndexOf(ushort node)
    {
        int index = _nodes.AsSpan(0, _known).IndexOf(node);
        if (index < 0 && _known < MaxNodes)
        {
            index = _known++;
            _nodes[index] = node;
        }

        return index;
    }
}
