using Weft.Bfd;
using Weft.Bridge;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath.Bridges;

/// <content>What sessions tell the node, and what the node tells people.</content>
internal sealed partial class BridgeNodeDriver
{
    /// <summary>Tells the node what its sessions found out.</summary>
    private void Report(Timestamp now)
    {
        Report(_overlay, now);
        if (_vlan is not null)
        {
            Report(_vlan, now);
        }

        Follow();
    }

    private void NoteHosts(Timestamp now)
    {
        long asked = Node.Counters.FlushRequests;
        if (asked != _hostsAsked && Plan.HostFlush is HostFlushMode mode)
        {
            _log.Publish(now, BridgeEventTypes.HostsAsked, Plan.Name, EnumWords<HostFlushMode>.Of(mode), asked - _hostsAsked);
            _hostsAsked = asked;
        }
    }

    private void Publish(in BridgeNodeEvent change)
    {
        string cause = EnumWords<FailoverCause>.Of(change.Cause);
        _log.Publish(change.At, BridgeEventTypes.RoleChanged, Plan.Name, EnumWords<BridgeRole>.Of(change.From), EnumWords<BridgeRole>.Of(change.To), cause, (long)change.Epoch);
        if (change.To == BridgeRole.Fenced)
        {
            _log.Publish(change.At, BridgeEventTypes.Fenced, Plan.Name, cause, (long)change.Epoch);
        }
    }

    private void Report(BridgePathWatch watch, Timestamp now)
    {
        BridgePath path = watch.Path;
        if (!watch.Session.TryTakeEvent(out BfdEvent change))
        {
            return;
        }

        if (change.To == BfdState.Up)
        {
            _log.Publish(now, BridgeEventTypes.PathUp, Plan.Name, EnumWords<BridgePath>.Of(path));
            Node.SetPath(path, BridgePathState.Up, now);
        }
        else if (change.From == BfdState.Up)
        {
            _log.Publish(now, BridgeEventTypes.PathDown, Plan.Name, EnumWords<BridgePath>.Of(path), EnumWords<BfdDiagnostic>.Of(change.Diagnostic), change.RemoteAdminDown ? "admin-down" : "silent");
            Node.SetPath(path, change.RemoteAdminDown ? BridgePathState.AdminDown : BridgePathState.Down, now);
        }
    }
}
