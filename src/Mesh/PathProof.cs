using Weft.Packets;

namespace Weft.Mesh;

/// <summary>
/// Shows that every (client address, service) pair in which a machine takes part has exactly one path through its rules, by counting over the rules
/// themselves. What the client's agent tells the server's is the client's address and the service, so the two halves of a path
/// are shown apart: the one where the client is, the other where the server is.
/// </summary>
internal static class PathProof
{
    /// <summary>Counts the paths of every pair.</summary>
    /// <param name="plan">The rules.</param>
    /// <param name="conflicts">Gets the pairs that have no path or several.</param>
    /// <returns>How many pairs there are.</returns>
    public static long Count(MeshPlan plan, List<MeshConflict> conflicts) => CountRedirects(plan, conflicts) + CountRestores(plan, conflicts);

    private static long CountRedirects(MeshPlan plan, List<MeshConflict> conflicts)
    {
        ILookup<IPv6Address, AddressPair> sources = plan.RedirectSources.ToLookup(pair => pair.Real);
        ILookup<IPv6Address, AddressPair> sourcesBack = plan.RedirectSources.ToLookup(pair => pair.Loopback);
        var listeners = plan.Listeners.ToLookup(listener => (listener.Service.Endpoint, listener.Service.Port.Protocol));
        var listenersBack = plan.Listeners.ToLookup(listener => (listener.Local, listener.Service.Port.Protocol));
        long pairs = 0;
        foreach (MeshMachine server in plan.Machines.Where(machine => machine.Id != plan.Self.Id))
        {
            foreach (MeshService service in server.Services)
            {
                foreach (IPv6Address client in plan.Self.Addresses.Where(address => MeshAddress.IsIPv4(address) == service.Endpoint.IsIPv4))
                {
                    int paths = sources[client].Sum(source => sourcesBack[source.Loopback].Count())
                        * listeners[(service.Endpoint, service.Port.Protocol)].Sum(listener => listenersBack[(listener.Local, service.Port.Protocol)].Count());
                    Judge(plan.Self, client, service, paths, conflicts);
                    pairs++;
                }
            }
        }

        return pairs;
    }

    private static long CountRestores(MeshPlan plan, List<MeshConflict> conflicts)
    {
        ILookup<IPv6Address, AddressPair> sources = plan.RestoreSources.ToLookup(pair => pair.Real);
        ILookup<IPv6Address, AddressPair> sourcesBack = plan.RestoreSources.ToLookup(pair => pair.Loopback);
        ILookup<IPv6Address, AddressPair> destinations = plan.RestoreDestinations.ToLookup(pair => pair.Real);
        ILookup<IPv6Address, AddressPair> destinationsBack = plan.RestoreDestinations.ToLookup(pair => pair.Loopback);
        long pairs = 0;
        foreach (MeshMachine client in plan.Machines.Where(machine => machine.Id != plan.Self.Id))
        {
            foreach (MeshService service in plan.Self.Services)
            {
                foreach (IPv6Address address in client.Addresses.Where(address => MeshAddress.IsIPv4(address) == service.Endpoint.IsIPv4))
                {
                    int paths = sources[address].Where(source => source.Machine == client.Id).Sum(source => sourcesBack[source.Loopback].Count())
                        * destinations[service.Address].Sum(destination => destinationsBack[destination.Loopback].Count());
                    Judge(client, address, service, paths, conflicts);
                    pairs++;
                }
            }
        }

        return pairs;
    }

    private static void Judge(MeshMachine client, IPv6Address address, MeshService service, int paths, List<MeshConflict> conflicts)
    {
        if (paths != 1)
        {
            conflicts.Add(new MeshConflict(
                paths == 0 ? MeshConflictKind.PathMissing : MeshConflictKind.PathAmbiguous,
                client.Id,
                $"{client.Name} ({MeshAddress.Text(address)}) has {paths} paths to {service} of machine {service.Machine}, not one"));
        }
    }
}
