using Weft.Bridge;
using Weft.Packets;

namespace Weft.Host.Datapath;

/// <content>Ports that the switch shuts to protect itself.</content>
internal sealed partial class SwitchCore
{
    private int _loopsSeen;

    /// <summary>Opens ports that are due, at the first worker, and forgets what was learned behind ports that were shut for a loop: it was seen the wrong way round.</summary>
    private void FollowShutdowns(Timestamp now)
    {
        if (Shutdowns is null)
        {
            return;
        }

        if (Link.IsHome)
        {
            Shutdowns.Advance(now);
        }

        int loops = Shutdowns.Loops;
        if (loops == _loopsSeen)
        {
            return;
        }

        _loopsSeen = loops;
        for (int port = 0; port < Ports.Length; port++)
        {
            if (Shutdowns.IsLooped(port))
            {
                _ = Bridge.Macs.Flush(BridgeLocation.Port(port));
            }
        }
    }
}
