using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Mesh;
using Weft.Packets;
using static Weft.Conformance.MeshTests.MeshTestBed;

namespace Weft.Conformance.MeshTests;

/// <summary>From the numbers of machines follows everything, the same everywhere.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class MeshPlanTests
{
    private static readonly Config Quick = Chance.Of(150);

    [Fact]
    public void The_order_of_machines_means_nothing() =>
        Prop.ForAll(Meshes(6), Arb.From(Gen.Choose(0, int.MaxValue)), (mesh, seed) =>
        {
            MeshMachine[] shuffled = [.. mesh];
            new System.Random(seed).Shuffle(shuffled);
            return mesh.All(machine => Same(Build(mesh, machine), Build(shuffled, machine)));
        }).Check(Quick);

    [Fact]
    public void No_loopback_address_or_listener_stands_for_two() =>
        Prop.ForAll(Meshes(6), mesh => mesh.All(machine =>
        {
            MeshPlan plan = Build(mesh, machine);
            IPv6Address[] agents = [.. plan.RestoreSources.Select(pair => pair.Loopback), .. plan.Listeners.Select(listener => listener.Local.Address).Distinct()];
            IPv6Address[] applications = [.. plan.RedirectSources.Select(pair => pair.Loopback), .. plan.RestoreDestinations.Select(pair => pair.Loopback)];
            (IPv4Prefix agents4, IPv6Prefix agents6) = plan.Pool.AgentSide;
            (IPv4Prefix applications4, IPv6Prefix applications6) = plan.Pool.ApplicationSide;
            return Unique(agents.Concat(applications)) && Unique(plan.Listeners.Select(listener => (listener.Local, listener.Service.Port.Protocol)))
                && agents.All(address => MeshAddress.IsIPv4(address) ? agents4.Contains(MeshAddress.ToIPv4(address)) : agents6.Contains(address))
                && applications.All(address => MeshAddress.IsIPv4(address) ? applications4.Contains(MeshAddress.ToIPv4(address)) : applications6.Contains(address))
                && plan.Listeners.All(listener => plan.Pool.RedirectPorts.Contains(listener.Local.Port));
        })).Check(Quick);

    [Fact]
    public void Every_client_has_one_path_to_every_service_and_it_leads_to_the_right_listener() =>
        Prop.ForAll(Meshes(5), mesh => mesh.All(client =>
        {
            MeshPlan plan = Build(mesh, client);
            long pairs = 0;
            foreach (MeshMachine server in mesh.Where(machine => machine.Id != client.Id))
            {
                foreach (MeshService service in server.Services)
                {
                    pairs += client.Addresses.Count(address => MeshAddress.IsIPv4(address) == service.Endpoint.IsIPv4);
                    if (!plan.TryFindListenerOf(service.Endpoint, service.Port.Protocol, out MeshListener listener)
                        || !plan.TryFindListener(listener.Local, service.Port.Protocol, out MeshListener back) || back.Service != service)
                    {
                        return false;
                    }
                }

                pairs += client.Services.Sum(service => server.Addresses.Count(address => MeshAddress.IsIPv4(address) == service.Endpoint.IsIPv4));
            }

            return plan.Paths == pairs;
        })).Check(Quick);

    [Fact]
    public void A_machine_that_comes_or_goes_moves_nobody_else() =>
        Prop.ForAll(Meshes(6), mesh => mesh.Length < 3 || mesh.Skip(1).All(gone =>
        {
            MeshPlan before = Build(mesh, mesh[0]);
            MeshPlan after = Build([.. mesh.Where(machine => machine != gone)], mesh[0]);
            return after.Listeners.SequenceEqual(before.Listeners.Where(listener => listener.Service.Machine != gone.Id))
                && after.RestoreSources.SequenceEqual(before.RestoreSources.Where(pair => pair.Machine != gone.Id));
        })).Check(Quick);

    [Fact]
    public void The_identity_and_never_an_address_decides_who_is_restored() =>
        Prop.ForAll(Meshes(5), mesh => mesh.All(server =>
        {
            MeshPlan plan = Build(mesh, server);
            return server.Services.All(service => mesh.Where(client => client.Id != server.Id).All(client => mesh.SelectMany(machine => machine.Addresses).All(address =>
            {
                bool own = client.Addresses.Contains(address) && MeshAddress.IsIPv4(address) == service.Endpoint.IsIPv4;
                bool restored = plan.TryGetRestore(client.Identity, address, service.Endpoint, service.Port.Protocol, out MeshRestore restore);
                return restored == own && (!restored || (restore.Client == address && plan.RestoreSources.Single(pair => pair.Loopback == restore.Source).Machine == client.Id));
            })));
        })).Check(Quick);

    [Fact]
    public void The_largest_machine_and_port_still_lie_in_the_pool()
    {
        foreach (LoopbackPool pool in (LoopbackPool[])[Pool, new() { IPv4 = IPv4Prefix.Parse("100.64.0.0/16"), RedirectPorts = new RedirectPorts(16384, 16384) }])
        {
            MeshMachine last = Machine(1) with
            {
                Id = new MachineId(pool.MaxMachines - 1),
                Addresses = [.. Enumerable.Range(0, MeshMachine.MaxAddresses).Select(at => Address4(100 + at)), .. Enumerable.Range(0, MeshMachine.MaxAddresses).Select(at => Address6(100 + at))],
                Tunnel = new MeshEndpoint(Address4(100), 15443),
                Ports = [Tcp(1), Tcp(16383), Tcp(61439)],
            };
            MeshPlan plan = new MeshPlanBuilder(pool).Add(Machine(0)).Add(last with { Ports = [.. last.Ports.Where(port => !pool.RedirectPorts.Contains(port.Port))] }).Build(new MachineId(0));
            (IPv4Prefix agents4, IPv6Prefix agents6) = pool.AgentSide;
            Assert.All(plan.Listeners.Select(listener => listener.Local.Address).Concat(plan.RestoreSources.Select(pair => pair.Loopback)), address =>
                Assert.True(MeshAddress.IsIPv4(address) ? agents4.Contains(MeshAddress.ToIPv4(address)) : agents6.Contains(address)));
            Assert.DoesNotContain(plan.RestoreSources, pair => plan.Listeners.Any(listener => listener.Local.Address == pair.Loopback));
        }
    }

    private static MeshPlan Build(MeshMachine[] mesh, MeshMachine self)
    {
        var builder = new MeshPlanBuilder(Pool);
        foreach (MeshMachine machine in mesh)
        {
            _ = builder.Add(machine);
        }

        return builder.Build(self.Id);
    }

    private static bool Same(MeshPlan one, MeshPlan other) =>
        one.Listeners.SequenceEqual(other.Listeners) && one.RedirectSources.SequenceEqual(other.RedirectSources)
        && one.RestoreSources.SequenceEqual(other.RestoreSources) && one.RestoreDestinations.SequenceEqual(other.RestoreDestinations)
        && NftablesRules.Write(one) == NftablesRules.Write(other);

    private static bool Unique<T>(IEnumerable<T> items)
    {
        T[] all = [.. items];
        return all.Distinct().Count() == all.Length;
    }
}
