using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Validation;

/// <summary>Bonds and their links: who belongs to whom, and what each may say.</summary>
internal static class BondValidator
{
    public static void Validate(ValidationContext context)
    {
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (PortSection port in context.Document.Ports.Where(port => port.Type.IsKnown && port.Name.IsKnown))
        {
            if (port.Type.Value == PortKind.Bond)
            {
                ValidateBond(port, owners, context);
            }
            else if (port.Bond.IsWritten)
            {
                context.Problems.Error(port.Bond.At, "only a port of type bond has links");
            }
        }

        foreach (PortSection port in context.Document.Ports.Where(port => port.Role is { IsKnown: true, Value: PortRole.Member } && port.Name.IsKnown))
        {
            ValidateMember(port, owners, context.Problems);
        }
    }

    private static void ValidateBond(PortSection bond, Dictionary<string, string> owners, ValidationContext context)
    {
        ProblemList problems = context.Problems;
        if (bond.Role is { IsKnown: true, Value: PortRole.Member })
        {
            problems.Error(bond.Role.At, "a bond cannot be a link of another bond", "role access or underlay");
        }

        if (bond.Bond.Members.Count == 0)
        {
            problems.Error(bond.Bond.IsWritten ? bond.Bond.At : bond.At, "a port of type bond has no links", "'bond' with 'members', names of ports of role member");
        }

        foreach (Setting<string> name in bond.Bond.Members)
        {
            if (context.FindPort(name) is not PortSection member)
            {
                continue;
            }

            if (!owners.TryAdd(name.Value, bond.Name.Value))
            {
                problems.Error(name.At, $"port {Quoted.Of(name.Value)} is a link of bond {Quoted.Of(owners[name.Value])} already");
            }
            else if (member.Role is { IsKnown: true, Value: not PortRole.Member })
            {
                problems.Error(name.At, $"port {Quoted.Of(name.Value)} is no link of a bond by its role", "role member there");
            }
            else if (member.Mtu.IsKnown && bond.Mtu.IsKnown && member.Mtu.Value < bond.Mtu.Value)
            {
                problems.Error(member.Mtu.At, $"an MTU of {member.Mtu.Value} is less than that of its bond {Quoted.Of(bond.Name.Value)}", $"{bond.Mtu.Value} at least");
            }
        }

        int links = bond.Bond.Members.Count;
        if (bond.Bond.MinLinks.IsKnown && links > 0 && bond.Bond.MinLinks.Value > links)
        {
            problems.Error(bond.Bond.MinLinks.At, $"the bond has {links} links, so it would never be up", $"1 to {links}");
        }

        if (bond.Bond.MinLinks.IsKnown && bond.Bond.MaxLinks.IsKnown && bond.Bond.MaxLinks.Value < bond.Bond.MinLinks.Value)
        {
            problems.Error(bond.Bond.MaxLinks.At, "fewer links would be used than must be usable", $"{bond.Bond.MinLinks.Value} at least, as 'minLinks' says");
        }

        foreach ((bool isWritten, Location at) in new[] { (bond.Device.IsWritten, bond.Device.At), (bond.NetworkNamespace.IsWritten, bond.NetworkNamespace.At), (bond.Driver.IsWritten, bond.Driver.At), (bond.Read.IsWritten, bond.Read.At), (bond.Write.IsWritten, bond.Write.At) })
        {
            if (isWritten)
            {
                problems.Error(at, "this key has no meaning for a port of type bond: its links have devices");
            }
        }

        if (bond.Lldp is { IsKnown: true, Value: not LldpMode.Off })
        {
            problems.Error(bond.Lldp.At, "LLDP speaks over single cables", "this key at the links of the bond");
        }
    }

    private static void ValidateMember(PortSection member, Dictionary<string, string> owners, ProblemList problems)
    {
        if (!owners.ContainsKey(member.Name.Value))
        {
            problems.Error(member.Role.At, $"no bond has port {Quoted.Of(member.Name.Value)} as a link, so every frame on it would be dropped", "its name in 'members' of a bond, or another role");
        }

        foreach (Section section in new Section[] { member.Vlan, member.Learning, member.LoopGuard, member.Storm, member.Guard, member.Multicast }.Where(section => section.IsWritten))
        {
            problems.Error(section.At, "a link of a bond bridges nothing itself", "this key at the bond");
        }
    }
}
