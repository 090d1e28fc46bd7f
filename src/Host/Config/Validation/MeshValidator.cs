using System.Collections.Immutable;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;
using Weft.Mesh;
using Weft.Packets;

namespace Weft.Host.Config.Validation;

/// <summary>A mesh: that its machines do not conflict, that this one is among them, and that ports lead to its applications and its agent.</summary>
internal static class MeshValidator
{
    private static readonly IPv4Prefix Loopback = IPv4Prefix.Parse("127.0.0.0/8");

    public static void Validate(ValidationContext context)
    {
        MeshSection mesh = context.Document.Mesh;
        if (!mesh.IsWritten)
        {
            return;
        }

        UniqueValidator.Check(mesh.Machines.Where(machine => machine.Name.IsKnown).Select(machine => (Quoted.Of(machine.Name.Value), machine.Name.At)), "is the name of another machine already", context.Problems);
        MeshMachineSection? self = FindSelf(mesh, context.Problems);
        if (PoolOf(mesh, context.Problems) is LoopbackPool pool && self is not null && mesh.Machines.All(IsComplete))
        {
            Build(mesh, self, pool, context.Problems);
        }

        ValidateSwitch(mesh, self, context);
    }

    /// <summary>The plan, once the document is known to be right; null if there is no mesh.</summary>
    public static MeshHostPlan? Plan(ValidationContext context)
    {
        MeshSection mesh = context.Document.Mesh;
        if (!mesh.IsWritten)
        {
            return null;
        }

        int PortOf(Setting<string> name) => context.Document.Ports.FindIndex(port => port.Name.Value == name.Value);
        return new MeshHostPlan
        {
            Plan = mesh.Plan!,
            AgentPort = mesh.AgentPort.IsWritten ? PortOf(mesh.AgentPort.Port) : -1,
            AgentMac = mesh.AgentPort.Mac.Value,
            Applications = [.. mesh.Applications.Select(application => new MeshApplicationPlan { Port = PortOf(application.Port), Mac = application.Mac.Value, Addresses = [.. application.Addresses.Select(AddressOf)] })],
            AllowPlaintext = mesh.AllowPlaintext.Value,
            Flows = mesh.Flows.Value,
            Tls = mesh.Tls.IsWritten
                ? new MeshTlsPlan { CertificatePath = context.Resolve(mesh.Tls.Certificate.Value), KeyPath = context.Resolve(mesh.Tls.Key.Value), BundlePath = context.Resolve(mesh.Tls.Bundle.Value), Mode = mesh.Tls.Mode.Value }
                : null,
        };
    }

    private static MeshMachineSection? FindSelf(MeshSection mesh, ProblemList problems)
    {
        MeshMachineSection? self = mesh.Self.IsKnown ? mesh.Machines.Find(machine => machine.Name.IsKnown && machine.Name.Value == mesh.Self.Value) : null;
        if (mesh.Self.IsKnown && self is null)
        {
            problems.Error(mesh.Self.At, $"no machine has the name {Quoted.Of(mesh.Self.Value)}{NearestName.Hint(mesh.Self.Value, [.. mesh.Machines.Where(machine => machine.Name.IsKnown).Select(machine => machine.Name.Value)])}");
        }

        return self;
    }

    private static LoopbackPool? PoolOf(MeshSection mesh, ProblemList problems)
    {
        bool isRefused = false;
        if (mesh.IPv4Pool is { IsKnown: true } v4 && (v4.Value.Address.IsIPv6 || v4.Value.PrefixLength is < LoopbackPool.MinIPv4Length or > LoopbackPool.MaxIPv4Length))
        {
            isRefused = true;
            problems.Error(v4.At, $"{v4.Value} cannot be the pool of IPv4", $"an IPv4 prefix of {LoopbackPool.MinIPv4Length} to {LoopbackPool.MaxIPv4Length} bits");
        }
        else if (mesh.IPv4Pool.IsKnown && mesh.AgentPort.IsWritten && Loopback.Contains(mesh.IPv4Pool.Value.Address.V4))
        {
            isRefused = true;
            problems.Error(mesh.IPv4Pool.At, $"{mesh.IPv4Pool.Value} is loopback, and the switch puts it on the link to the agent, where no kernel takes it (RFC 1122 section 3.2.1.3 g)", "'ipv4Pool' with a prefix that nobody uses, such as 100.64.0.0/16");
        }

        if (mesh.IPv6Pool is { IsKnown: true } v6 && (!v6.Value.Address.IsIPv6 || v6.Value.PrefixLength is < LoopbackPool.MinIPv6Length or > LoopbackPool.MaxIPv6Length))
        {
            isRefused = true;
            problems.Error(v6.At, $"{v6.Value} cannot be the pool of IPv6", $"an IPv6 prefix of {LoopbackPool.MinIPv6Length} to {LoopbackPool.MaxIPv6Length} bits");
        }

        if (mesh.RedirectPorts is { IsKnown: true } ports && !RedirectPorts.IsValid(ports.Value.First, ports.Value.Count))
        {
            isRefused = true;
            problems.Error(ports.At, $"{ports.Value} are {ports.Value.Count} ports", $"a power of two from {RedirectPorts.MinCount} to 32768");
        }

        return isRefused || !mesh.IPv4Pool.IsKnown || !mesh.IPv6Pool.IsKnown || !mesh.RedirectPorts.IsKnown ? null : new LoopbackPool
        {
            IPv4 = new IPv4Prefix(mesh.IPv4Pool.Value.Address.V4, mesh.IPv4Pool.Value.PrefixLength),
            IPv6 = new IPv6Prefix(mesh.IPv6Pool.Value.Address.V6, mesh.IPv6Pool.Value.PrefixLength),
            RedirectPorts = new RedirectPorts(mesh.RedirectPorts.Value.First, mesh.RedirectPorts.Value.Count),
        };
    }

    private static bool IsComplete(MeshMachineSection machine) =>
        machine.Name.IsKnown && machine.Number.IsKnown && machine.Identity.IsKnown && machine.Tunnel.IsKnown && machine.Addresses.All(address => address.IsKnown) && machine.Ports.All(port => port.IsKnown);

    private static void Build(MeshSection mesh, MeshMachineSection self, LoopbackPool pool, ProblemList problems)
    {
        var builder = new MeshPlanBuilder(pool);
        foreach (MeshMachineSection machine in mesh.Machines)
        {
            _ = builder.Add(new MeshMachine
            {
                Id = new MachineId(machine.Number.Value),
                Name = machine.Name.Value,
                Identity = machine.Identity.Value,
                Addresses = [.. machine.Addresses.Select(AddressOf)],
                Tunnel = machine.Tunnel.Value,
                Ports = [.. machine.Ports.Select(port => port.Value)],
            });
        }

        if (!builder.TryBuild(new MachineId(self.Number.Value), generation: 0, out MeshPlan? plan, out ImmutableArray<MeshConflict> conflicts))
        {
            foreach (MeshConflict conflict in conflicts)
            {
                // Of two machines that conflict the later one is said to.
                MeshMachineSection? at = conflict.Machine is MachineId id ? mesh.Machines.FindLast(machine => machine.Number.Value == id.Number) : null;
                problems.Error(at?.At ?? mesh.At, conflict.Text);
            }
        }

        mesh.Plan = plan;
    }

    private static void ValidateSwitch(MeshSection mesh, MeshMachineSection? self, ValidationContext context)
    {
        if (!mesh.AgentPort.IsWritten)
        {
            foreach (MeshApplicationSection application in mesh.Applications.Take(1))
            {
                context.Problems.Error(application.At, "without 'agent' the switch translates nothing, and where applications are means nothing", "'agent' beside 'applications'");
            }

            return;
        }

        if (mesh.Applications.Count == 0)
        {
            context.Problems.Error(mesh.AgentPort.At, "the mesh has an agent and no applications", "'applications' beside 'agent'");
        }

        (Setting<string> Name, string What)[] ports = [(mesh.AgentPort.Port, "the agent"), .. mesh.Applications.Select(application => (application.Port, "applications"))];
        foreach ((Setting<string> name, string what) in ports)
        {
            if (context.FindPort(name) is PortSection port && ((port.Role is { IsKnown: true, Value: PortRole.Underlay }) || port.Vlan.Mode is { IsKnown: true, Value: VlanMode.Trunk }))
            {
                context.Problems.Error(name.At, $"port {Quoted.Of(name.Value)} leads to {what} of a mesh, whose frames have no tags and no tunnels", "a port of role access whose VLAN mode is access");
            }
        }

        UniqueValidator.Check(ports.Where(port => port.Name.IsKnown).Select(port => ($"port {Quoted.Of(port.Name.Value)}", port.Name.At)), "leads to another part of the mesh already", context.Problems);
        Setting<TunnelAddress>[] attached = [.. mesh.Applications.SelectMany(application => application.Addresses).Where(address => address.IsKnown)];
        UniqueValidator.Check(attached.Select(address => ($"{address.Value}", address.At)), "is behind another port already", context.Problems);
        if (self is null)
        {
            return;
        }

        foreach (Setting<TunnelAddress> address in attached.Where(address => self.Addresses.All(own => own.IsKnown && own.Value != address.Value)))
        {
            context.Problems.Error(address.At, $"{address.Value} is no address of machine {Quoted.Of(mesh.Self.Value)}", "one of mesh.machines[].addresses");
        }

        foreach (Setting<TunnelAddress> own in self.Addresses.Where(own => own.IsKnown && attached.All(address => address.Value != own.Value)))
        {
            context.Problems.Error(own.At, $"{own.Value} is behind no port", "the address in one of 'applications'");
        }
    }

    private static IPv6Address AddressOf(Setting<TunnelAddress> address) => address.Value.IsIPv6 ? address.Value.V6 : IPv6Address.MapIPv4(address.Value.V4);
}
