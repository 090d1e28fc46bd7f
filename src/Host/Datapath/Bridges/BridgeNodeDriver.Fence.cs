using Weft.Packets;

namespace Weft.Host.Datapath.Bridges;

/// <content>The witness, if there is one: no frame passes the port without it.</content>
internal sealed partial class BridgeNodeDriver
{
    /// <summary>How often a node that waits for its fence asks for it.</summary>
    private static readonly TimeSpan FenceInterval = TimeSpan.FromMilliseconds(5);

    private readonly IBridgeFence? _fence;
    private bool _hasFence;
    private Timestamp _nextFence;

    /// <summary>Until when the node holds its fence; null if it needs none.</summary>
    public Timestamp? FenceDeadline => _fence?.Deadline;

    /// <summary>Whether nothing but the node's own rules keeps it from forwarding.</summary>
    private bool HasFence => _fence is null || _hasFence;

    /// <summary>A node that holds the fence looks when it would lose it, so that one that slept looks before it forwards.</summary>
    private Timestamp NextFence => _fence is null ? Timestamp.MaxValue : _hasFence ? _fence.Deadline : _nextFence;

    /// <summary>Asks for the fence while the node wants to forward, and stops the node when it is gone. Not in the constructor: until a new configuration is in force the fence is another node's.</summary>
    private void WatchFence(Timestamp now)
    {
        if (_fence is null)
        {
            return;
        }

        bool wants = Node.WantsFence || Node.Forwards;
        _hasFence = wants && _fence.IsHeld(now);
        _nextFence = wants ? now + FenceInterval : Timestamp.MaxValue;
        if (Node.WantsFence && _hasFence)
        {
            Node.GrantFence(now);
        }
        else if (Node.Forwards && !_hasFence)
        {
            Node.RevokeFence(now);
        }

        Follow();
        // After the port is closed, so that who gives the fence back has stopped.
        _fence.Want(Node.WantsFence || Node.Forwards);
    }
}
