using Weft.Host.Config;
using Weft.Host.Datapath.Workers;
using Weft.Host.Stages;
using Weft.Packets;

namespace Weft.Host.Datapath.Machines;

/// <summary>Which machine is where. Immutable, and the same at every worker.</summary>
internal sealed class MachinePlaces
{
    /// <summary>Stands for every VLAN of a port.</summary>
    private const ushort AnyVlan = 0;

    /// <summary>2^32 divided by the golden ratio: multiples of it spread evenly, whatever the distance between numbers is.</summary>
    private const uint Golden = 2_654_435_769;

    private readonly int[] _workers;
    private readonly int[] _whole;
    private readonly bool[] _guarded;
    private readonly Dictionary<(int Port, ushort Vlan, MacAddress Mac), int> _byMac = [];
    private readonly Dictionary<(int Port, ushort Vlan, IPv6Address Address), int> _byAddress = [];

    public MachinePlaces(SwitchPlan plan)
    {
        Plan = plan;
        bool isAtHome = plan.Bridges.Count > 0 || AclOptionsFactory.IsStateful(plan);
        _workers = [.. plan.Machines.Select(machine => isAtHome ? WorkerLink.Home : WorkerOf(machine, plan))];
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
                foreach (TunnelAddress address in machine.Addresses)
                {
                    _byAddress[(port, vlan, address.IsIPv6 ? address.V6 : IPv6Address.MapIPv4(address.V4))] = index;
                }

                if (machine.Addresses.Count > 0)
                {
                    continue;
                }

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

    /// <summary>The worker that runs the services of a machine, the only one that touches them.</summary>
    public int WorkerOf(int machine) => _workers[machine];

    /// <summary>True for a port with machines behind it.</summary>
    public bool IsGuarded(int port) => _guarded[port];

    /// <summary>The machine that a packet comes from, or goes to, behind a port; -1 if it is none.</summary>
    /// <param name="port">The port.</param>
    /// <param name="vlan">The VLAN.</param>
    /// <param name="frame">The packet.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="isSource">True for its sender.</param>
    public int Find(int port, ushort vlan, ReadOnlySpan<byte> frame, in PacketLayout layout, bool isSource)
    {
        MacAddress mac = MacAddress.Read(isSource ? frame[MacAddress.Length..] : frame);
        return _byAddress.Count > 0 && TryReadAddress(frame, layout, isSource, out IPv6Address address) && Find(port, vlan, mac, address) is int named and >= 0
            ? named
            : _byMac.TryGetValue((port, vlan, mac), out int machine) || _byMac.TryGetValue((port, AnyVlan, mac), out machine) ? machine : _whole[port];
    }

    /// <summary>
    /// By the machine's number. At the first worker stay those that share sequence numbers of a key; all of a bridge node, whose frames leave where its fence is
    /// watched; and all where access lists remember connections, since frames have to leave where those are remembered.
    /// </summary>
    private static int WorkerOf(MachinePlan machine, SwitchPlan plan) =>
        machine.Services.Any(service => plan.Services[service].Kind == ServiceKind.Encryption)
            ? WorkerLink.Home
            : (int)((ulong)(uint)(machine.Id * Golden) * (uint)plan.Workers >> 32);

    /// <summary>The machine of an IP address, if its MAC address is not another than the configured one.</summary>
    private int Find(int port, ushort vlan, MacAddress mac, IPv6Address address) =>
        (_byAddress.TryGetValue((port, vlan, address), out int machine) || _byAddress.TryGetValue((port, AnyVlan, address), out machine))
        && (Plan.Machines[machine].Mac is not MacAddress own || own == mac) ? machine : -1;

    private static bool TryReadAddress(ReadOnlySpan<byte> frame, in PacketLayout layout, bool isSource, out IPv6Address address)
    {
        if (layout.IsIPv4 && IPv4View.TryParse(frame[layout.L3Offset..], out IPv4View v4))
        {
            address = IPv6Address.MapIPv4(isSource ? v4.Source : v4.Destination);
            return true;
        }

        bool isIPv6 = IPv6View.TryParse(frame[Math.Min(layout.L3Offset, frame.Length)..], out IPv6View v6) && layout.IsIPv6;
        address = !isIPv6 ? default : isSource ? v6.Source : v6.Destination;
        return isIPv6;
    }

    /// <summary>Whether a machine gets the frames for groups that a port sends in a VLAN.</summary>
    public bool Hears(int machine, int port, ushort vlan)
    {
        MachinePlan plan = Plan.Machines[machine];
        return (plan.Port == port || plan.Port < 0) && (plan.Segment < 0 || Plan.Segments[plan.Segment].Vlan == vlan);
    }
}
