using Weft.Cluster;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Simulation.Hosts;
using Weft.Simulation.Traffic;
using Weft.Simulation.World;

namespace Weft.Simulation.Schedules;

/// <summary>Does faults to a world, and undoes them; notes what no mechanism promises to survive.</summary>
internal sealed class Afflictions(SimulatedWorld world)
{
    private static readonly string[] Networks = ["underlay", "fabric", "vlans", "uplink", "front", "back"];

    /// <summary>Ticks after a fault until bridge nodes have surely agreed.</summary>
    private const int Settling = 400;

    private readonly List<(long Until, Action Undo)> _lasting = [];
    private int _presence;
    private long _bridgeUntil;

    /// <summary>True if nothing is wrong any more.</summary>
    public bool IsOver => _lasting.Count == 0;

    public async Task BeginAsync(Fault fault)
    {
        SimulatedHost host = world.Hosts[fault.Host];
        long until = world.Tick + fault.Lasts;
        Excuse(fault);
        world.Tell($"--- {fault}");
        switch (fault.Kind)
        {
            case FaultKind.Crash when host.Switch is not null:
                host.Crash();
                _lasting.Add((until, () => host.Start()));
                break;
            case FaultKind.Restart when host.Runs:
                SwitchSnapshot? kept = host.Stop();
                host.Start(kept);
                break;
            case FaultKind.Freeze when host.Runs:
                host.IsFrozen = true;
                _lasting.Add((until, () => host.IsFrozen = false));
                break;
            case FaultKind.Isolate:
                SetTrunks(fault.Host, isIn: false);
                _lasting.Add((until, () => SetTrunks(fault.Host, isIn: true)));
                break;
            case FaultKind.Cut:
                SetCut(fault, isCut: true);
                _lasting.Add((until, () => SetCut(fault, isCut: false)));
                break;
            case FaultKind.Weather:
                Lan lan = world.LanOf(Networks[fault.Amount % Networks.Length]);
                lan.Weather = (fault.Amount % 5 * 6, fault.Amount % 4 * 8, fault.Amount % 7);
                _lasting.Add((until, () => lan.Weather = default));
                break;
            case FaultKind.StoreCut when host.Switch is not null:
                CutLine(host, until);
                break;
            case FaultKind.StoreLost:
                foreach (SimulatedHost each in world.Hosts.Where(each => each.Switch is not null))
                {
                    CutLine(each, until);
                }

                break;
            case FaultKind.StoreTrouble:
                host.Line.Trouble = 20 + (fault.Amount / 2);
                _lasting.Add((until, () => host.Line.Trouble = 0));
                break;
            case FaultKind.Revoke:
                await RevokeAsync(host.Name).ConfigureAwait(false);
                break;
            case FaultKind.Drift:
                double rate = host.Clock.Rate;
                host.Clock.Rate = 0.98 + (fault.Amount / 2_500.0);
                _lasting.Add((until, () => host.Clock.Rate = rate));
                break;
            case FaultKind.Reload when host.Runs:
                host.Reload();
                break;
            case FaultKind.Move:
                await world.MoveAsync(fault.Host).ConfigureAwait(false);
                break;
            case FaultKind.DrainNode when host.Runs:
                host.Switch!.DrainSase(back: false);
                int incarnation = host.Incarnation;
                _lasting.Add((until, () => Undrain(host, incarnation)));
                break;
            case FaultKind.TakeBridge when host.Runs && world.Sabotage != Sabotage.TwoBridges:
                host.Switch!.MoveBridge(name: null, takes: true);
                break;
            case FaultKind.BalancerGoes when world.Hosts[Layout.ReturnPath].Runs:
                Balancers(leaves: true);
                _lasting.Add((until, () => Balancers(leaves: false)));
                break;
            case FaultKind.Leave:
                Station listener = world.Red[fault.Host];
                listener.Leave();
                _lasting.Add((until, () => listener.Group = SimulatedWorld.Group));
                break;
            default:
                break;
        }

        NoteBridge();
    }

    /// <summary>Ends what has lasted long enough.</summary>
    public void Pass(bool all = false)
    {
        for (int i = 0; i < _lasting.Count; i++)
        {
            (long until, Action undo) = _lasting[i];
            if (all || world.Tick >= until)
            {
                _lasting.RemoveAt(i--);
                undo();
                world.Tell("--- something is over");
                NoteBridge();
            }
        }
    }

    /// <summary>What the services of a machine remember lives in its host; what flows of a point of presence are lives at two nodes, and one may fail.</summary>
    private void Excuse(Fault fault)
    {
        bool isOfProcess = fault.Kind is FaultKind.Crash or FaultKind.Restart;
        if (isOfProcess && (fault.Host == world.MachineAt || (world.Move is not null && fault.Host < Layout.Computes)))
        {
            world.MachineGround++;
        }

        if ((isOfProcess || fault.Kind is FaultKind.Freeze or FaultKind.Isolate or FaultKind.Cut or FaultKind.TakeBridge) && fault.Host is (Layout.BridgeA or Layout.BridgeB))
        {
            world.BridgeGround += world.Tick < _bridgeUntil ? 1 : 0;
            _bridgeUntil = world.Tick + fault.Lasts + Settling;
        }

        bool isOfPresence = fault.Kind is (FaultKind.Crash or FaultKind.Restart or FaultKind.Freeze or FaultKind.Isolate or FaultKind.DrainNode) && fault.Host is >= Layout.Gateway and <= Layout.NodeB;
        isOfPresence |= fault.Kind == FaultKind.Cut && fault.Host is >= Layout.Gateway and <= Layout.NodeB && fault.Other is >= Layout.Gateway and <= Layout.NodeB;
        isOfPresence |= fault.Kind == FaultKind.Weather && Networks[fault.Amount % Networks.Length] is "fabric" or "uplink";
        isOfPresence |= fault.Kind == FaultKind.StoreLost || (fault.Kind is FaultKind.StoreCut or FaultKind.StoreTrouble && fault.Host >= Layout.NodeA);
        if (isOfPresence && _presence++ > 0)
        {
            world.PresenceGround++;
        }
    }

    private void NoteBridge() => world.IsBridgeWhole = _lasting.Count == 0;

    private void SetTrunks(int host, bool isIn)
    {
        foreach (Plug plug in world.Trunks(host))
        {
            plug.IsIn = isIn;
        }
    }

    private void SetCut(Fault fault, bool isCut)
    {
        foreach (string network in Networks)
        {
            world.LanOf(network).Cut(fault.Host, fault.Other, isCut);
        }
    }

    private void CutLine(SimulatedHost host, long until)
    {
        StoreLine line = host.Line;
        line.IsCut = true;
        _lasting.Add((until, () => MendLine(host, line)));
    }

    /// <summary>That of a process which died meanwhile stays cut.</summary>
    private static void MendLine(SimulatedHost host, StoreLine line)
    {
        if (host.Line == line && host.Switch is not null)
        {
            line.IsCut = false;
        }
    }

    private static void Undrain(SimulatedHost host, int incarnation)
    {
        if (host.Incarnation == incarnation)
        {
            host.Switch?.DrainSase(back: true);
        }
    }

    private async Task RevokeAsync(string host)
    {
        StoreSnapshot all = await world.Store.ReadAsync("/").ConfigureAwait(false);
        foreach (long lease in all.Entries.Values.Where(entry => entry.LeaseId != 0 && !entry.Key.EndsWith("/hold", StringComparison.Ordinal) && entry.Text.Contains(host, StringComparison.Ordinal)).Select(entry => entry.LeaseId).Distinct().ToArray())
        {
            await world.Store.RevokeLeaseAsync(lease).ConfigureAwait(false);
        }
    }

    /// <summary>The second load balancer leaves the configuration, and its connections go on behind the first one.</summary>
    private void Balancers(bool leaves)
    {
        SimulatedHost router = world.Hosts[Layout.ReturnPath];
        SwitchPlan plan = Layout.Plans[Layout.ReturnPath];
        router.Reload(leaves ? plan with { Lbs = [plan.Lbs[0] with { Members = [plan.Lbs[0].Members[0]] }] } : plan);
        foreach (Conversation conversation in leaves ? world.Balancers[1].Conversations.ToArray() : [])
        {
            conversation.MoveTo(world.Balancers[0]);
        }
    }
}
