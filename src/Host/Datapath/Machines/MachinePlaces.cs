using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath.Machines;

/// <summary>Which machine is where. Immutable, and the same at every worker.</summary>
internal sealed class MachinePlaces
{
    /// <summary>Stands for every VLAN of a port.</summary>
    private const ushort AnyVlan = 0;

    private readonly int[] _whole;
    private readonly bool[] _guarded;
    private readonly Dictionary<(int Port, ushort Vlan, MacAddress Mac), int> _byMac = [];

    public MachinePlaces(SwitchPlan plan)
    {
        Plan = plan;
        _whole = new int[plan.Ports.Count];
        _whole.AsSpan().Fill(-1);
        _guarded = new bool[plan.Ports.Count];
        foreach ((int index, MachinePlan machine) in plan.Machines.Index())
        {
            ushort vlan = machine.Segment < 0 ? AnyVlan : plan.Segments[machine.Segment].Vlan;
            for (int port = 0; port < plan.Ports.Count; port++)
            {
                bool isThere = machine.Port == port || (machine.Port < 0 && Observe.SwitchState.IsMember(plan.Ports[port], vlan));
                if (!isThere)
                {
                    continue;
                }

                _guarded[port] = true;
                if (machine.Mac is MacAddress mac)
                {
                    _byMac[(port, vlan, mac)] = index;
                }
                else
                {
                    _whole[port] = index;
                }
            }
        }
    }

    public SwitchPlan Plan { get; }

    /// <summary>Whether there is any machine.</summary>
    public bool Any => Plan.Machines.Count > 0;

    /// <summary>True for a port with machines behind it.</summary>
    public bool IsGuarded(int port) => _guarded[port];

    /// <summary>The machine that an address behind a port is, -1 if it is none.</summary>
    public int Find(int port, ushort vlan, MacAddress mac) =>
        _byMac.TryGetValue((port, vlan, mac), out int machine) || _byMac.TryGetValue((port, AnyVlan, mac), out machine) ? machine : _whole[port];

    /// <summary>Whether a machine gets the frames for groups that a port sends in a VLAN.</summary>
    public bool Hears(int machine, int port, ushort vlan)
    {
        MachinePlan plan = Plan.Machines[machine];
        return (plan.Port == port || plan.Port < 0) && (plan.Segment < 0 || Plan.Segments[plan.Segment].Vlan == vlan);
    }
}
