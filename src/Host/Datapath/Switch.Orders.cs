using Weft.Host.Config;
using Weft.Host.Datapath.Bridges;
using Weft.Host.Datapath.Tapping;

namespace Weft.Host.Datapath;

/// <content>What parts of it are told by name.</content>
public sealed partial class Switch
{
    /// <summary>The translator of that name, or the only one.</summary>
    /// <exception cref="InvalidOperationException">There is no such translator.</exception>
    internal Translation.Translator TranslatorOf(string? name) =>
        Home.Translators.All.FirstOrDefault(nat => string.IsNullOrEmpty(name) ? Home.Translators.All.Length == 1 : nat.Plan.Name == name)
        ?? throw new InvalidOperationException($"There is no nat '{name}'; there are {string.Join(", ", Home.Translators.All.Select(nat => nat.Plan.Name).DefaultIfEmpty("none"))}.");

    /// <summary>Has every worker take copies for a capture, also under configurations to come.</summary>
    /// <exception cref="InvalidOperationException">There are as many captures as can be.</exception>
    internal void Attach(ITapSource capture)
    {
        int place = Array.IndexOf(_captures, null);
        _captures[place >= 0 ? place : throw new InvalidOperationException($"There are {TapMarks.Captures} captures already; end one of them.")] = capture;
        Tap();
    }

    /// <summary>Ends a capture; what was copied for it is handed over.</summary>
    internal void Detach(ITapSource capture)
    {
        int place = Array.IndexOf(_captures, capture);
        if (place >= 0)
        {
            Array.ForEach(_cores, core => core.Vector.Tap?.Complete());
            _captures[place] = null;
            Tap();
        }
    }

    private void Tap() => Array.ForEach(_cores, core => core.Vector.Tap = PacketTap.Of(_captures, Plan, core.Link.Index));

    /// <summary>Machines with services of their own, in the order of the configuration.</summary>
    internal IEnumerable<Machines.Machine> Machines => _cores.SelectMany(core => core.Machines.All).OrderBy(machine => machine.Index);

    /// <summary>The machine of a name, and the books of its worker, which its packets are in.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    internal (Machines.Machine Machine, SwitchLedger Ledger) MachineOf(string name)
    {
        foreach (SwitchCore core in _cores)
        {
            if (Array.Find(core.Machines.All, machine => machine.Plan.Name == name) is { } known)
            {
                return (known, core.Ledger);
            }
        }

        throw new InvalidOperationException($"There is no machine '{name}'; there are {string.Join(", ", Machines.Select(machine => machine.Plan.Name).DefaultIfEmpty("none"))}.");
    }

    /// <summary>Machines whose flows end with a new configuration.</summary>
    internal (string Name, bool IsMoving)[] MachinesThatBeginAnew(SwitchPlan next) =>
        [.. Machines.Where(machine => !machine.WouldKeepSet(next)).Select(machine => (machine.Plan.Name, machine.IsMoving))];

    /// <summary>Has a load balancer keep its flows and get no others.</summary>
    /// <exception cref="InvalidOperationException">There is no such load balancer.</exception>
    internal void DrainLb(string member)
    {
        foreach (Balancing.ReturnPath path in Home.ReturnPaths.All)
        {
            int index = Position.Of(path.Plan.Members, known => known.Name == member);
            if (index >= 0)
            {
                _ = path.Table.DrainLb(path.IdOf(index));
                return;
            }
        }

        throw new InvalidOperationException($"There is no load balancer '{member}'.");
    }

    /// <summary>Opens a port that the switch has shut.</summary>
    /// <exception cref="InvalidOperationException">There is no such port, or it is not shut.</exception>
    internal void EnablePort(string port)
    {
        int index = Position.Of(Plan.Ports, known => known.Name == port);
        if (index < 0)
        {
            throw new InvalidOperationException($"There is no port '{port}'.");
        }

        if (Home.Shutdowns?.Reopen(index, _clock.Now) != true)
        {
            throw new InvalidOperationException($"The port '{port}' is not shut.");
        }
    }

    /// <summary>Has a service node hand its bundles over, or take some again.</summary>
    /// <exception cref="InvalidOperationException">The switch is no service node.</exception>
    internal void DrainSase(bool back)
    {
        Sase.ManagedServiceNode node = Home.Presence?.Node ?? throw new InvalidOperationException("The switch is no service node of a point of presence.");
        if (back)
        {
            node.Undrain();
        }
        else
        {
            node.Drain();
        }
    }

    /// <summary>Gives the role of the bridge node away, or takes it.</summary>
    /// <exception cref="InvalidOperationException">There is no such bridge.</exception>
    internal void MoveBridge(string? name, bool takes)
    {
        IReadOnlyList<BridgeNodeDriver> nodes = Home.Nodes?.All ?? [];
        BridgeNodeDriver node = nodes.FirstOrDefault(known => string.IsNullOrEmpty(name) ? nodes.Count == 1 : known.Plan.Name == name)
            ?? throw new InvalidOperationException(nodes.Count == 0 ? "The switch has no bridge node."
                : string.IsNullOrEmpty(name) ? $"Which bridge? There are {string.Join(", ", nodes.Select(known => known.Plan.Name))}."
                : $"There is no bridge '{name}', only {string.Join(", ", nodes.Select(known => known.Plan.Name))}.");
        if (takes)
        {
            node.Activate(_clock.Now);
        }
        else
        {
            node.Drain(_clock.Now);
        }
    }
}
