using Weft.Bridge;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Validation;

/// <summary>Access lists, their groups, and where they are in force.</summary>
internal static class AclValidator
{
    public static void Validate(ValidationContext context)
    {
        SwitchDocument document = context.Document;
        var matches = new MatchBuilder(context);
        Unique(document.AccessLists.Select(list => list.Name), "access list", context);
        Unique(document.PortGroups.Select(group => group.Name), "group of ports", context);
        Unique(document.ServiceGroups.Select(group => group.Name), "service group", context);
        foreach (ServiceGroupSection group in document.ServiceGroups)
        {
            matches.ValidatePorts(group.Protocol, group.Ports);
        }

        foreach (AccessListSection list in document.AccessLists)
        {
            Unique(list.Rules.Select(rule => rule.Name), "rule of the list", context);
            foreach (AclRuleSection rule in list.Rules)
            {
                matches.Validate(rule);
            }
        }

        ValidatePlaces(context, matches);
        if (!context.Problems.HasErrors)
        {
            document.AccessLists.ForEach(list => Build(list, matches, context));
        }
    }

    /// <summary>The lists of a port, its own or those of its group.</summary>
    public static AclBinding BindingOf(PortSection port, SwitchDocument document)
    {
        AclBindingSection[] of = [port.Acl, .. document.PortGroups.Where(group => group.Ports.Any(name => name.Value == port.Name.Value)).Select(group => group.Acl)];
        return new AclBinding(Place(of.Select(acl => acl.In), document), Place(of.Select(acl => acl.Out), document));
    }

    /// <summary>The lists of a segment.</summary>
    public static AclBinding BindingOf(SegmentSection segment, SwitchDocument document) => new(Place([segment.Acl.In], document), Place([segment.Acl.Out], document));

    private static int Place(IEnumerable<Setting<string>> names, SwitchDocument document)
    {
        string? name = names.Where(name => name.IsKnown).Select(name => name.Value).FirstOrDefault();
        return document.AccessLists.FindIndex(list => list.Name.Value == name);
    }

    private static void ValidatePlaces(ValidationContext context, MatchBuilder matches)
    {
        SwitchDocument document = context.Document;
        AclBindingSection[] all = [.. document.Ports.Select(port => port.Acl), .. document.PortGroups.Select(group => group.Acl), .. document.Segments.Select(segment => segment.Acl)];
        matches.Require(all.SelectMany(acl => new[] { acl.In, acl.Out }), document.AccessLists.Select(list => list.Name), "access list");
        matches.Require(document.PortGroups.SelectMany(group => group.Ports), document.Ports.Select(port => port.Name), "port");
        foreach (PortSection port in document.Ports.Where(port => port.Role is { IsKnown: true, Value: not PortRole.Access } && port.Acl.IsWritten))
        {
            context.Problems.Error(port.Acl.At, "access lists judge what machines send and are sent, which such a port carries for others", "this key at ports of role access, or at segments");
        }

        foreach (Setting<string> name in document.PortGroups.SelectMany(group => group.Ports).Where(name => name.IsKnown && document.Ports.Any(port => port.Name.IsKnown && port.Name.Value == name.Value && port.Role is { IsKnown: true, Value: not PortRole.Access })))
        {
            context.Problems.Error(name.At, $"port {Quoted.Of(name.Value)} carries frames for others, so access lists have no meaning there", "an access-role port");
        }

        foreach (PortSection port in document.Ports.Where(port => port.Name.IsKnown))
        {
            AclBindingSection[] of = [port.Acl, .. document.PortGroups.Where(group => group.Ports.Any(name => name.IsKnown && name.Value == port.Name.Value)).Select(group => group.Acl)];
            One(of.Select(acl => acl.In), port, "in", context);
            One(of.Select(acl => acl.Out), port, "out", context);
        }
    }

    private static void One(IEnumerable<Setting<string>> lists, PortSection port, string direction, ValidationContext context)
    {
        Setting<string>[] written = [.. lists.Where(list => list.IsKnown)];
        foreach (Setting<string> second in written.Skip(1))
        {
            context.Problems.Error(second.At, $"port {Quoted.Of(port.Name.Value)} has a list for direction '{direction}' already (line {written[0].At.Line})", "one list for each direction, of the port or of one group");
        }
    }

    private static void Build(AccessListSection list, MatchBuilder matches, ValidationContext context)
    {
        try
        {
            list.Built = new AccessList(
                list.Name.Value,
                [.. list.Rules.Select(rule => new AclRule { Name = rule.Name.Value, Action = rule.Action.Value, IsLogged = rule.Log.Value, Matches = matches.Build(rule) })],
                list.Otherwise.Value,
                list.Stateful.Value);
        }
        catch (ArgumentException tooMany)
        {
            context.Problems.Error(list.At, tooMany.Message, "fewer rules, several lists");
        }
    }

    internal static void Unique(IEnumerable<Setting<string>> names, string what, ValidationContext context) =>
        UniqueValidator.Check(names.Where(name => name.IsKnown).Select(name => (Quoted.Of(name.Value), name.At)), $"is the name of another {what} already", context.Problems);
}
