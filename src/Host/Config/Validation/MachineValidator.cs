using System.Numerics;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;
using Weft.Services;

namespace Weft.Host.Config.Validation;

/// <summary>Machines and their services: what they name exists, what a kind does not know is not set, no packet has two machines.</summary>
internal static class MachineValidator
{
    public static void Validate(ValidationContext context)
    {
        SwitchDocument document = context.Document;
        Unique(document.AddressGroups.Select(group => group.Name), "address group", context);
        Unique(document.Services.Select(service => service.Name), "service", context);
        Unique(document.Machines.Select(machine => machine.Name), "machine", context);
        UniqueValidator.Check(document.Machines.Where(machine => machine.Id.IsKnown).Select(machine => ($"{machine.Id.Value}", machine.Id.At)), "is the number of another machine already", context.Problems);
        UniqueValidator.Check(document.Machines.Where(machine => machine is { Port.IsKnown: true, Segment.IsWritten: false, Mac.IsWritten: false, Addresses.Count: 0 }).Select(machine => ($"everything behind port {Quoted.Of(machine.Port.Value)}", machine.At)), "is a machine already", context.Problems);
        UniqueValidator.Check(document.Machines.SelectMany(machine => machine.Addresses.Where(address => address.IsKnown).Select(address => ($"{address.Value} at port {Quoted.Of($"{machine.Port}")} in segment {Quoted.Of($"{machine.Segment}")}", address.At))), "is another machine's already", context.Problems);
        UniqueValidator.Check(document.Machines.Where(machine => machine is { Mac.IsKnown: true, Addresses.Count: 0 }).Select(machine => ($"{machine.Mac.Value} at port {Quoted.Of($"{machine.Port}")} in segment {Quoted.Of($"{machine.Segment}")}", machine.Mac.At)), "is another machine's already", context.Problems);
        foreach (AddressGroupSection group in document.AddressGroups.Where(group => group.Prefixes.Count == 0))
        {
            context.Problems.Error(group.At, "the group has no addresses", "'prefixes' with one at least");
        }

        foreach (ServiceSection service in document.Services)
        {
            ValidateKind(service, context);
            foreach (FirewallRuleSection rule in service.Firewall.Rules)
            {
                Require(rule.Remote.Concat(rule.Local), document.AddressGroups.Select(group => group.Name), "address group", context);
            }
        }

        ValidateMoves(document.Moves, context);
        foreach (MachineSection machine in document.Machines)
        {
            ValidatePlace(machine, context);
            ValidateServices(machine, context);
        }
    }

    private static void ValidateMoves(MovesSection moves, ValidationContext context)
    {
        Unique(moves.Hosts.Select(host => host.Name), "host", context);
        _ = BridgeValidator.Key(moves.KeyFile, context);
        if (!moves.KeyFile.IsWritten && (moves.Listen.IsWritten || moves.Hosts.Count > 0))
        {
            context.Problems.Error(moves.At, "hosts cannot prove to each other who they are", "'keyFile'");
        }
    }

    private static void ValidateContainer(ServiceSection service, ValidationContext context)
    {
        ContainerSection container = service.Container;
        if (!container.Memory.IsWritten)
        {
            context.Problems.Error(service.At, "the container shares no memory", "'memory'");
        }

        if (container.Slots.IsKnown && !BitOperations.IsPow2(container.Slots.Value))
        {
            context.Problems.Error(container.Slots.At, $"{container.Slots.Value} is no power of two", "such as 1024");
        }

        if (container.SlotBytes.IsKnown && container.SlotBytes.Value % 64 != 0)
        {
            context.Problems.Error(container.SlotBytes.At, $"{container.SlotBytes.Value} is no multiple of 64", "such as 2048");
        }
    }

    private static void ValidateEncryption(ServiceSection service, ValidationContext context)
    {
        if (!service.Encryption.IsWritten)
        {
            context.Problems.Error(service.At, "the service encrypts for nobody", "'encryption' with 'peers'");
        }

        if (service.WhenFailed.IsWrittenAndKnown && service.WhenFailed.Value != FailurePolicy.FailClosed)
        {
            context.Problems.Error(service.WhenFailed.At, "out of order, the service would send in clear what is to be secret", "'closed'");
        }

        MachineSection[] owners = [.. context.Document.Machines.Where(machine => machine.Services.Any(name => name.IsKnown && service.Name.IsKnown && name.Value == service.Name.Value))];
        foreach (MachineSection second in owners.Skip(1))
        {
            context.Problems.Error(second.At, $"the service {Quoted.Of(service.Name.Value)} is machine {Quoted.Of($"{owners[0].Name}")}'s already: two machines with one key would repeat nonces", "a service with keys of its own");
        }
    }

    private static void ValidateKind(ServiceSection service, ValidationContext context)
    {
        if (!service.Type.IsKnown)
        {
            return;
        }

        (ServiceKind Kind, string Key, Section Section)[] groups =
        [
            (ServiceKind.Connections, "connections", service.Connections),
            (ServiceKind.Firewall, "firewall", service.Firewall),
            (ServiceKind.LoadBalancer, "balancer", service.Balancer),
            (ServiceKind.Policer, "policer", service.Policer),
            (ServiceKind.Mirror, "mirror", service.Mirror),
            (ServiceKind.Ids, "ids", service.Ids),
            (ServiceKind.Container, "container", service.Container),
            (ServiceKind.Encryption, "encryption", service.Encryption),
        ];
        foreach ((ServiceKind kind, string key, Section section) in groups.Where(group => group.Section.IsWritten && group.Kind != service.Type.Value))
        {
            context.Problems.Error(section.At, $"'{key}' is for another type of service than this one has");
        }

        if (service.Type.Value == ServiceKind.Ids)
        {
            IdsValidator.LoadRules(service, context);
        }

        if (service.Type.Value == ServiceKind.Container)
        {
            ValidateContainer(service, context);
        }

        if (service.Type.Value == ServiceKind.Encryption)
        {
            ValidateEncryption(service, context);
        }

        foreach (VirtualServiceSection balanced in service.Balancer.Virtual.Where(known => known.Address.IsKnown))
        {
            foreach (BackendSection backend in balanced.Backends.Where(backend => backend.Address.IsKnown && backend.Address.Value.IsIPv6 != balanced.Address.Value.IsIPv6))
            {
                context.Problems.Error(backend.Address.At, $"{backend.Address.Value} and the virtual address {balanced.Address.Value} are of different families", "a server of the same family");
            }

            UniqueValidator.Check(balanced.Backends.Where(backend => backend.Address.IsKnown).Select(backend => ($"{backend.Address.Value} port {(backend.Port.IsKnown ? backend.Port.Value : 0)}", backend.Address.At)), "is a server already", context.Problems);
        }
    }

    private static void ValidatePlace(MachineSection machine, ValidationContext context)
    {
        RequireAccess(machine.Port, context);
        RequireAccess(machine.MirrorPort, context);
        Require([machine.Segment], context.Document.Segments.Select(segment => segment.Name), "segment", context);
        bool isNamed = machine.Mac.IsWritten || machine.Addresses.Count > 0;
        if (!machine.Port.IsWritten && (!machine.Segment.IsWritten || !isNamed))
        {
            context.Problems.Error(machine.At, "the machine has no place", "'port', or 'segment' and 'mac' or 'addresses'");
        }

        if (machine.Segment.IsWritten && !isNamed && machine.Port.IsWritten)
        {
            context.Problems.Error(machine.Segment.At, "everything behind the port in one segment is no machine", "'mac' or 'addresses' beside 'segment', or neither");
        }
    }

    private static void ValidateServices(MachineSection machine, ValidationContext context)
    {
        IEnumerable<Setting<string>> known = context.Document.Services.Select(service => service.Name);
        Require(machine.Services, known, "service", context);
        if (machine.Services.Count == 0)
        {
            context.Problems.Error(machine.At, "the machine has no services", "'services' with one at least");
        }

        UniqueValidator.Check(machine.Services.Where(name => name.IsKnown).Select(name => (Quoted.Of(name.Value), name.At)), "is among the services already", context.Problems);
        string[] own = [.. machine.Services.Where(name => name.IsKnown).Select(name => name.Value)];
        foreach (Setting<string> name in machine.Classes.SelectMany(of => of.Services.Concat(of.Answers)).Where(name => name.IsKnown && !own.Contains(name.Value)))
        {
            context.Problems.Error(name.At, $"the machine has no service {Quoted.Of(name.Value)}{NearestName.Hint(name.Value, own)}");
        }

        bool mirrors = machine.Services.Any(name => context.Document.Services.Any(service => service.Name.IsKnown && name.IsKnown && service.Name.Value == name.Value && service.Type is { IsKnown: true, Value: ServiceKind.Mirror }));
        if (mirrors && !machine.MirrorPort.IsWritten)
        {
            context.Problems.Error(machine.At, "the machine is mirrored to nowhere", "'mirrorPort'");
        }
    }

    private static void RequireAccess(Setting<string> name, ValidationContext context)
    {
        if (context.FindPort(name) is { Role: { IsKnown: true, Value: not PortRole.Access } })
        {
            context.Problems.Error(name.At, $"port {Quoted.Of(name.Value)} has role underlay: machines are behind access-role ports", "an access-role port");
        }
    }

    private static void Require(IEnumerable<Setting<string>> names, IEnumerable<Setting<string>> known, string what, ValidationContext context)
    {
        string[] all = [.. known.Where(name => name.IsKnown).Select(name => name.Value)];
        foreach (Setting<string> name in names.Where(name => name.IsWrittenAndKnown && !all.Contains(name.Value)))
        {
            context.Problems.Error(name.At, $"no {what} has the name {Quoted.Of(name.Value)}{NearestName.Hint(name.Value, all)}");
        }
    }

    private static void Unique(IEnumerable<Setting<string>> names, string what, ValidationContext context) =>
        UniqueValidator.Check(names.Where(name => name.IsKnown).Select(name => (Quoted.Of(name.Value), name.At)), $"is the name of another {what} already", context.Problems);
}
