using Weft.Bfd;
using Weft.Bridge;
using Weft.Packets;

namespace Weft.Host.Datapath.Bridges;

/// <summary>One of the two paths on which the nodes of a pair watch each other: a BFD session and the frames that it is in.</summary>
internal sealed class BridgePathWatch(BridgePath path, BfdSession session, BfdPath frames)
{
    public BridgePath Path { get; } = path;

    public BfdSession Session { get; } = session;

    public BfdPath Frames { get; } = frames;

    /// <summary>Takes a packet of the other node's.</summary>
    /// <returns>False if the frame is none.</returns>
    public bool TryReceive(ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        if (!Frames.TryFind(frame, layout, out ReadOnlySpan<byte> payload, out byte timeToLive))
        {
            return false;
        }

        _ = Session.Receive(payload, timeToLive, now);
        return true;
    }
}
