using Weft.Bridge;
using Weft.Host.Datapath.Machines;
using Weft.Host.Datapath.Presence;
using Weft.Sase;
using Weft.Simulation.Hosts;
using Weft.Simulation.Traffic;

namespace Weft.Simulation.World;

/// <summary>Looks after every step at what must hold of the deployment as a whole.</summary>
internal sealed class Judge(SimulatedWorld world)
{
    /// <summary>Ticks for which both bridge nodes may forward although nothing is between them: the time in which they notice.</summary>
    private const int Quarrel = 100;

    /// <summary>Ticks for which neither may, although both run and nothing is between them.</summary>
    private const int Vacancy = 120;

    private readonly Dictionary<ulong, int> _machineOwners = [];
    private readonly Dictionary<(int Bundle, Epoch Epoch), int> _bundleOwners = [];
    private readonly Dictionary<int, (int Incarnation, Epoch Epoch)> _accepted = [];
    private readonly Dictionary<string, string> _told = [];
    private int _bothForward, _noneForwards;

    /// <summary>Whether connections must live as long as they should; not where faults come so close that clients lose patience.</summary>
    public bool HoldsPromises { get; set; } = true;

    /// <summary>True if a host serves the machine.</summary>
    public bool Serves(int host) => world.Hosts[host].Machine?.State is MachineState.Serving or MachineState.Leaving;

    public void Look()
    {
        for (int host = 0; host < Layout.Computes; host++)
        {
            world.PeersGround += world.Hosts[host].Switch?.Plan.Segments[1].Peers.Count == Layout.Computes - 1 ? 0 : 1;
            if (world.Hosts[host].Machine is { State: MachineState.Serving } machine)
            {
                int owner = _machineOwners.TryAdd(machine.Epoch, host) ? host : _machineOwners[machine.Epoch];
                int now = host;
                world.Laws.Hold(owner == host, $"hosts {owner} and {now} serve the machine in epoch {machine.Epoch}");
            }
        }

        for (int host = Layout.NodeA; host <= Layout.NodeB; host++)
        {
            for (int bundle = 0; Point(host)?.Node is { } node && bundle < 2; bundle++)
            {
                if (node.RoleOf(bundle) == BundleRole.Active)
                {
                    (int, Epoch) key = (bundle, node.EpochOf(bundle));
                    int owner = _bundleOwners.TryAdd(key, host) ? host : _bundleOwners[key];
                    int now = host;
                    world.Laws.Hold(owner == host, $"hosts {owner} and {now} own bundle {key.Item1} in epoch {key.Item2}");
                }
            }
        }

        for (int bundle = 0; Point(Layout.Gateway)?.Gateway is { } gateway && bundle < 2; bundle++)
        {
            (int Incarnation, Epoch Epoch) accepted = (world.Hosts[Layout.Gateway].Incarnation, gateway.EpochOf(bundle));
            (int Incarnation, Epoch Epoch) before = _accepted.GetValueOrDefault(bundle);
            world.Laws.Hold(before.Incarnation != accepted.Incarnation || before.Epoch <= accepted.Epoch, $"the gateway goes from epoch {before.Epoch} back to {accepted.Epoch}");
            _accepted[bundle] = accepted;
        }

        LookAtBridges();
        if (world.Tale is not null)
        {
            Tell();
        }

        foreach (Conversation conversation in HoldsPromises ? world.Conversations : [])
        {
            world.Laws.Hold(conversation.Broken.Count == 0, $"a connection did not live as long as it should: {conversation.Broken[0]}");
        }
    }

    /// <summary>What is not yet as it should be when nothing is wrong any more; null if all is.</summary>
    public string? Complaint()
    {
        if (world.Conversations.Find(conversation => !conversation.IsFluent) is { } stuck)
        {
            return $"{stuck.Name} gets no answers";
        }

        int forwarding = (Forwards(Layout.BridgeA) ? 1 : 0) + (Forwards(Layout.BridgeB) ? 1 : 0);
        if (forwarding != 1 && world.Sabotage != Sabotage.TwoBridges)
        {
            return $"{forwarding} bridge nodes forward";
        }

        for (int bundle = 0; bundle < 2; bundle++)
        {
            int active = Enumerable.Range(Layout.NodeA, 2).Count(host => Point(host)!.Node!.RoleOf(bundle) == BundleRole.Active);
            if (active != 1)
            {
                return $"{active} nodes own bundle {bundle}";
            }
        }

        int serving = Enumerable.Range(0, Layout.Computes).Count(host => world.Hosts[host].Machine!.State == MachineState.Serving);
        if (serving != 1 || world.Move is not null)
        {
            return $"{serving} hosts serve the machine";
        }

        for (int host = 0; host < Layout.Computes; host++)
        {
            int peers = world.Hosts[host].Switch!.Plan.Segments[1].Peers.Count;
            if (peers != Layout.Computes - 1)
            {
                return $"{world.Hosts[host].Name} knows {peers} peers of blue";
            }
        }

        foreach (SimulatedHost host in world.Hosts)
        {
            if (host.Switch!.BuffersAvailable + host.Switch.Totals.Held != host.Plan.PoolBuffers)
            {
                return $"{host.Name} has {host.Switch.BuffersAvailable} buffers and holds {host.Switch.Totals.Held}";
            }
        }

        return null;
    }

    private void LookAtBridges()
    {
        bool isWhole = world.Hosts[Layout.BridgeA].Runs && world.Hosts[Layout.BridgeB].Runs && world.IsBridgeWhole;
        (bool a, bool b) = (Forwards(Layout.BridgeA), Forwards(Layout.BridgeB));
        _bothForward = isWhole && a && b ? _bothForward + 1 : 0;
        _noneForwards = isWhole && !a && !b && world.Sabotage != Sabotage.TwoBridges ? _noneForwards + 1 : 0;
        world.Laws.Hold(_bothForward < Quarrel, $"both bridge nodes forward although nothing is between them");
        world.Laws.Hold(_noneForwards < Vacancy, $"no bridge node forwards although both run and nothing is between them");
    }

    /// <summary>Tells of what changed since the last look.</summary>
    private void Tell()
    {
        foreach (Conversation conversation in world.Conversations)
        {
            Tell(conversation.Name + conversation.Number, conversation.IsFluent ? "answers come" : "no answers");
            Tell(conversation.Name + conversation.Number + " is", $"connection {conversation.Connection}{(conversation.IsExcused ? ", excused" : "")}");
        }

        foreach (SimulatedHost host in world.Hosts)
        {
            Tell(host.Name, host.Switch is null ? "down" : host.IsFrozen ? "frozen" : "runs");
            if (host.Machine is { } machine)
            {
                Tell(host.Name + " has the machine", $"{machine.State} in epoch {machine.Epoch}, {machine.Set.FlowCount} flows");
            }

            for (int bundle = 0; Point(host.Number)?.Node is { } node && bundle < 2; bundle++)
            {
                Tell($"{host.Name} bundle {bundle}", $"{node.RoleOf(bundle)} in {node.EpochOf(bundle)}");
            }

            if (host.Switch?.Nodes?.All[0].Node is { } bridge)
            {
                Tell($"{host.Name} bridge", $"{bridge.Role} in epoch {bridge.Epoch}");
            }
        }

        void Tell(string what, string now)
        {
            if (_told.GetValueOrDefault(what) != now)
            {
                world.Tell($"{what}: {now}");
                _told[what] = now;
            }
        }
    }

    private SasePoint? Point(int host) => world.Hosts[host].Switch?.Workers[0].Presence;

    private bool Forwards(int host) => world.Hosts[host].Switch?.Nodes?.All[0].Node is { Forwards: true };
}
