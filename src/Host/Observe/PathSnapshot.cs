using Weft.Host.Config;

namespace Weft.Host.Observe;

/// <summary>What is known of the path to one peer.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="MtuBytes">Largest packet to it.</param>
/// <param name="Probed">Whether the path is probed.</param>
public sealed record PathSnapshot(TunnelAddress Peer, int MtuBytes, bool Probed)
{
    /// <summary>Frames that were sent to it, as machines sent them, not as they were cut.</summary>
    public long SentFrames { get; init; }

    /// <summary>Bytes of these frames, without what the tunnel adds.</summary>
    public long SentBytes { get; init; }

    /// <summary>Frames that came from it, whole or put together.</summary>
    public long ReceivedFrames { get; init; }

    /// <summary>Bytes of these frames, without what the tunnel added.</summary>
    public long ReceivedBytes { get; init; }
}
