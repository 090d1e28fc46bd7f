using Weft.Packets;

namespace Weft.Host.Datapath.Bridges;

/// <summary>A witness that says which of two bridge nodes may forward. Nobody waits for it: it is told what is wanted and asked what is so.</summary>
internal interface IBridgeFence
{
    /// <summary>Until when it is held, unless it is renewed before; zero while it is not held.</summary>
    Timestamp Deadline { get; }

    /// <summary>Says whether the node forwards or waits to; a node that does neither gives the fence back.</summary>
    void Want(bool wants);

    /// <summary>Whether the node may forward now.</summary>
    bool IsHeld(Timestamp now);
}
