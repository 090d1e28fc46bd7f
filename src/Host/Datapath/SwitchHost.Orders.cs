using Weft.Host.Analytics;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath.Intrusion;
using Weft.Host.Datapath.Security;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath;

/// <content>What it can be told by whoever operates it.</content>
public sealed partial class SwitchHost
{
    /// <summary>Has the other node of a pair take over, or this one: in either case whoever forwards hands over first, if it is alive.</summary>
    /// <param name="bridge">Name of the bridge; null or empty if there is but one.</param>
    /// <param name="takes">True for this node to take the role, false to give it away until it is asked to take it.</param>
    /// <exception cref="InvalidOperationException">There is no such bridge, or the switch has ended.</exception>
    public Task MoveBridgeAsync(string? bridge, bool takes) => Ask(() =>
    {
        _switch.MoveBridge(bridge, takes);
        return true;
    });

    /// <summary>The flows of a machine, for <see cref="ImportMachineAsync"/> on the host that it moves to. Nothing changes here.</summary>
    /// <param name="nat">Name of the NAT; null or empty if there is but one.</param>
    /// <param name="machine">The machine.</param>
    /// <exception cref="InvalidOperationException">There is no such NAT, or the switch has ended.</exception>
    public Task<byte[]> ExportMachineAsync(string? nat, IPv4Address machine) => Ask(() =>
    {
        Nat.NatEngine engine = _switch.TranslatorOf(nat).Engine;
        byte[] bytes = new byte[engine.MaxExportLength];
        return bytes[..engine.Export(Translation.Translator.Scope, machine, bytes, _switch.Now)];
    });

    /// <summary>Takes the flows of a machine over, which keep their external endpoints.</summary>
    /// <param name="nat">Name of the NAT; null or empty if there is but one.</param>
    /// <param name="flows">What <see cref="ExportMachineAsync"/> gave.</param>
    /// <returns>True if all of them were taken.</returns>
    /// <exception cref="InvalidOperationException">There is no such NAT, the bytes are no export, or the switch has ended.</exception>
    public Task<bool> ImportMachineAsync(string? nat, ReadOnlyMemory<byte> flows) => Ask(() => _switch.TranslatorOf(nat).Engine.Import(flows.Span, _switch.Now) switch
    {
        Nat.NatImportResult.Complete => true,
        Nat.NatImportResult.Partial => false,
        Nat.NatImportResult refused => throw new InvalidOperationException($"The flows cannot be taken over: {refused.ToString().ToLowerInvariant()}."),
    });

    /// <summary>Ends a machine's flows here, and sends what still comes for them on to the host where the machine is now.</summary>
    /// <param name="nat">Name of the NAT; null or empty if there is but one.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="host">Tunnel address of that host.</param>
    /// <returns>External endpoints that are sent on from now on.</returns>
    /// <exception cref="InvalidOperationException">There is no such NAT, or the switch has ended.</exception>
    public Task<int> MoveMachineAsync(string? nat, IPv4Address machine, IPv6Address host) =>
        Ask(() => _switch.TranslatorOf(nat).Engine.MoveOut(Translation.Translator.Scope, machine, host, _switch.Now));

    /// <summary>
    /// Moves a machine with the state of its services to another host, while its packets go on. What still comes for it here is sent after it for half a
    /// minute.
    /// </summary>
    /// <param name="machine">Name of the machine.</param>
    /// <param name="to">Name of the host among those of <see cref="SwitchPlan.Moves"/>.</param>
    /// <returns>How the move ended; if it was given up, the machine goes on here as if nothing had been.</returns>
    /// <exception cref="InvalidOperationException">It could not begin: there is no such machine or host, the machine is served elsewhere, or the other host refuses it or cannot be reached.</exception>
    public async Task<MoveSnapshot> MigrateAsync(string machine, string to)
    {
        MovesPlan? plan = (await Ask(() => _switch.Plan).ConfigureAwait(false)).Moves;
        MoveHostPlan host = plan?.Hosts.FirstOrDefault(known => known.Name == to)
            ?? throw new InvalidOperationException($"There is no host '{to}' to move to; there are {string.Join(", ", (plan?.Hosts ?? []).Select(known => known.Name).DefaultIfEmpty("none"))}.");
        return await new MoveSender(_moves, plan!, host, _owners, _ended.Token).RunAsync(machine).ConfigureAwait(false);
    }

    /// <summary>
    /// Ends a move whose target fell silent after it was told to take over, by word of a person who knows where the machine is. If it is here, the target
    /// must not come back with it.
    /// </summary>
    /// <param name="machine">Name of the machine.</param>
    /// <param name="isHere">True if the target is dead and the machine goes on here; false if the target has it.</param>
    /// <exception cref="InvalidOperationException">There is no such machine, its move is not in doubt, or the cluster decides.</exception>
    public Task<MoveSnapshot> SettleMoveAsync(string machine, bool isHere) => _moves.SettleAsync(machine, isHere);

    /// <summary>Has a load balancer keep its flows and get no others.</summary>
    /// <exception cref="InvalidOperationException">There is no such load balancer, or the switch has ended.</exception>
    public Task DrainLbAsync(string member) => Ask(() =>
    {
        _switch.DrainLb(member);
        return true;
    });

    /// <summary>Opens a port that the switch has shut.</summary>
    /// <exception cref="InvalidOperationException">There is no such port, it is not shut, or the switch has ended.</exception>
    public Task EnablePortAsync(string port) => Ask(() =>
    {
        _switch.EnablePort(port);
        return true;
    });

    /// <summary>Has a service node hand its bundles over to their backups and take no others, or take them again.</summary>
    /// <exception cref="InvalidOperationException">The switch is no service node, or has ended.</exception>
    public Task DrainSaseAsync(bool back) => Ask(() =>
    {
        _switch.DrainSase(back);
        return true;
    });

    /// <summary>
    /// Reads the rule files of every sensor again. Reading and compiling happen here, beside the worker, which takes the result at its
    /// next vector; conversations go on.
    /// </summary>
    /// <returns>For each sensor, by name, the rules that are in force now.</returns>
    /// <exception cref="SwitchStartException">A file cannot be read; that sensor and those after it keep their rules.</exception>
    /// <exception cref="InvalidOperationException">The switch has ended.</exception>
    public async Task<IReadOnlyList<(string Sensor, IdsRuleGeneration Rules)>> ReloadRulesAsync()
    {
        SwitchPlan plan = await Ask(() => _switch.Plan).ConfigureAwait(false);
        return await Task.Run(() => plan.Ids.Select(sensor => (sensor.Name, sensor.Rules.Reload()))
            .Concat(plan.Services.Where(service => service.Inspection is not null).Select(service => (service.Name, service.Inspection!.Rules.Reload()))).ToArray()).ConfigureAwait(false);
    }
}
