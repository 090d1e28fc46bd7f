using System.Globalization;
using System.Text;
using Weft.Host.Config;
using Weft.Mesh;

namespace Weft.Host.Observe;

/// <summary>A mesh in words: who reaches whom over which loopback addresses and ports.</summary>
public static class MeshReport
{
    /// <summary>The rules with which the kernel of a plain host does what the switch would do.</summary>
    /// <returns>A script for <c>nft -f</c>.</returns>
    public static string Nftables(MeshHostPlan mesh)
    {
        ArgumentNullException.ThrowIfNull(mesh);
        return NftablesRules.Write(mesh.Plan, mesh.AllowPlaintext);
    }

    /// <summary>A script for <c>nft -f</c> that takes the rules away.</summary>
    public static string NftablesRemoval() => NftablesRules.Remove();

    /// <summary>Who this machine is, how much was shown about the mesh, and which routes the agent's host needs.</summary>
    public static string Summary(MeshHostPlan mesh)
    {
        ArgumentNullException.ThrowIfNull(mesh);
        MeshPlan plan = mesh.Plan;
        string text = string.Create(CultureInfo.InvariantCulture,
            $"{plan.Self.Name} is {plan.Self.Identity}, number {plan.Self.Id} of {plan.Machines.Length} machines\n{plan.Listeners.Length} services of others, {plan.Self.Services.Count()} of its own; {plan.Paths} pairs of client address and service, each with exactly one path\n");
        string[] routes = [.. Routes(mesh)];
        return routes.Length == 0 ? text : $"{text}the agent's host needs: {string.Join("; ", routes)}\n";
    }

    /// <summary>Routes that the agent's host needs; <c>DEVICE</c> stands for its interface to the switch.</summary>
    private static IEnumerable<string> Routes(MeshHostPlan mesh)
    {
        LoopbackPool pool = mesh.Plan.Pool;
        bool hasIPv4 = mesh.Plan.Self.Addresses.Any(MeshAddress.IsIPv4);
        bool hasIPv6 = !mesh.Plan.Self.Addresses.All(MeshAddress.IsIPv4);
        if (!mesh.IsTranslated)
        {
            // The kernel has every address of 127.0.0.0/8 by itself.
            return hasIPv6 ? [$"ip -6 route add local {pool.IPv6} dev lo"] : [];
        }

        string[] v4 = [$"ip route add local {pool.AgentSide.IPv4} dev lo", $"ip route add {pool.ApplicationSide.IPv4} dev DEVICE"];
        string[] v6 = [$"ip -6 route add local {pool.AgentSide.IPv6} dev lo", $"ip -6 route add {pool.ApplicationSide.IPv6} dev DEVICE"];
        return (hasIPv4 ? v4 : []).Concat(hasIPv6 ? v6 : []);
    }

    /// <summary>Every path of every machine, a line each: the packet that a client sends, what the agents see, and what the server gets.</summary>
    public static string Explain(MeshHostPlan mesh)
    {
        ArgumentNullException.ThrowIfNull(mesh);
        MeshPlanBuilder builder = new(mesh.Plan.Pool);
        foreach (MeshMachine machine in mesh.Plan.Machines)
        {
            _ = builder.Add(machine);
        }

        Dictionary<MachineId, MeshPlan> plans = mesh.Plan.Machines.ToDictionary(machine => machine.Id, machine => builder.Build(machine.Id));
        var text = new StringBuilder(Summary(mesh));
        foreach (MeshPlan client in plans.Values)
        {
            foreach (MeshListener listener in client.Listeners)
            {
                foreach (AddressPair source in client.RedirectSources.Where(source => MeshAddress.IsIPv4(source.Real) == listener.Local.IsIPv4))
                {
                    MeshPlan server = plans[listener.Service.Machine];
                    _ = server.TryGetRestore(client.Self.Identity, source.Real, listener.Service.Endpoint, listener.Service.Port.Protocol, out MeshRestore restore);
                    _ = text.Append(CultureInfo.InvariantCulture,
                        $"{client.Self.Name} > {server.Self.Name} {listener.Service}: {Any(source.Real)} > {listener.Service.Endpoint} = {Any(source.Loopback)} > {listener.Local} | TLS to {server.Self.Tunnel} as {server.Self.Identity} | {Any(restore.Source)} > {restore.Destination} = {Any(restore.Client)} > {listener.Service.Endpoint}\n");
                }
            }
        }

        return text.ToString();
    }

    private static string Any(Packets.IPv6Address address) => MeshAddress.IsIPv4(address) ? $"{MeshAddress.Text(address)}:*" : $"[{address}]:*";
}
