using Weft.Bridge;
using Weft.Host.Config.Document;
using Weft.Packets;

namespace Weft.Host.Config.Validation;

/// <summary>Mirrors: what is copied, and where to.</summary>
internal static class MirrorValidator
{
    /// <summary>Most mirrors: a bit for each in a word.</summary>
    public const int MaxMirrors = 32;

    public static void Validate(ValidationContext context)
    {
        SwitchDocument document = context.Document;
        var names = new MatchBuilder(context);
        AclValidator.Unique(document.Mirrors.Select(mirror => mirror.Name), "mirror", context);
        names.Require(document.Mirrors.SelectMany(mirror => mirror.Ports).Concat(document.Mirrors.Select(mirror => mirror.To)), document.Ports.Select(port => port.Name), "port");
        names.Require(document.Mirrors.SelectMany(mirror => mirror.Segments), document.Segments.Select(segment => segment.Name), "segment");
        names.Require(document.Mirrors.Select(mirror => mirror.Filter), document.AccessLists.Select(list => list.Name), "access list");
        names.Require(document.Mirrors.Select(mirror => mirror.Erspan.Router), document.Routers.Select(router => router.Name), "router");
        foreach (MirrorSessionSection mirror in document.Mirrors)
        {
            Validate(mirror, context);
        }
    }

    private static void Validate(MirrorSessionSection mirror, ValidationContext context)
    {
        if (mirror.Ports.Count + mirror.Segments.Count == 0)
        {
            context.Problems.Error(mirror.At, "the mirror copies nothing", "'ports' or 'segments'");
        }

        if (mirror.To.IsWritten == mirror.Erspan.IsWritten)
        {
            context.Problems.Error(mirror.At, mirror.To.IsWritten ? "copies go to one place" : "the copies go nowhere", "either 'to' or 'erspan'");
        }

        foreach (Setting<string> source in mirror.Ports.Where(name => RoleOf(name, context) is PortRole role && role != PortRole.Access))
        {
            context.Problems.Error(source.At, "only frames of access-role ports are copied", "the name of such a port");
        }

        if (RoleOf(mirror.To, context) is PortRole to && to != PortRole.Monitor)
        {
            context.Problems.Error(mirror.To.At, "a port that gets copies gets nothing else, or nobody could tell them from the rest", "a port of 'role: monitor'");
        }

        if (mirror.Erspan is { Router.IsKnown: true, Collector.IsKnown: true } erspan && context.Document.Routers.Find(router => router.Name.IsKnown && router.Name.Value == erspan.Router.Value) is RouterSection of
            && !of.Interfaces.SelectMany(at => at.Addresses).Any(address => address.IsKnown && address.Value.Address.IsIPv6 == erspan.Collector.Value.IsIPv6))
        {
            context.Problems.Error(erspan.Collector.At, "the router has no address of this family to send from", "a collector of the other family, or an address at the router");
        }
    }

    public static MirrorPlan Build(MirrorSessionSection mirror, SwitchDocument document)
    {
        int router = document.Routers.FindIndex(of => mirror.Erspan.Router.IsKnown && of.Name.Value == mirror.Erspan.Router.Value);
        return new MirrorPlan
        {
            Name = mirror.Name.Value,
            Ports = [.. mirror.Ports.Select(name => document.Ports.FindIndex(port => port.Name.Value == name.Value))],
            Segments = [.. mirror.Segments.Select(name => document.Segments.FindIndex(segment => segment.Name.Value == name.Value))],
            Direction = mirror.Direction.Value,
            Filter = document.AccessLists.FindIndex(list => mirror.Filter.IsKnown && list.Name.Value == mirror.Filter.Value),
            SnapBytes = mirror.Snap.IsKnown ? mirror.Snap.Value : ushort.MaxValue,
            PacketsPerSecond = mirror.PacketsPerSecond.IsKnown ? mirror.PacketsPerSecond.Value : null,
            To = document.Ports.FindIndex(port => mirror.To.IsKnown && port.Name.Value == mirror.To.Value),
            Router = router,
            Erspan = router < 0 ? null : Build(mirror.Erspan, document.Routers[router]),
        };
    }

    private static ErspanOptions Build(ErspanSection erspan, RouterSection router)
    {
        bool isIPv4 = !erspan.Collector.Value.IsIPv6;
        TunnelAddress source = router.Interfaces.SelectMany(at => at.Addresses).Select(address => address.Value.Address).First(address => address.IsIPv6 != isIPv4);
        return new ErspanOptions
        {
            Source = MappedOf(source),
            Destination = MappedOf(erspan.Collector.Value),
            IsIPv4 = isIPv4,
            Session = erspan.Session.Value,
            Type = erspan.Type.Value,
            Dscp = (byte)erspan.Dscp.Value,
            HopLimit = (byte)erspan.Ttl.Value,
        };
    }

    private static IPv6Address MappedOf(TunnelAddress address) => address.IsIPv6 ? address.V6 : IPv6Address.MapIPv4(address.V4);

    private static PortRole? RoleOf(Setting<string> name, ValidationContext context) =>
        name.IsKnown && context.Document.Ports.Find(port => port.Name.IsKnown && port.Name.Value == name.Value) is { Role.IsKnown: true } port ? port.Role.Value : null;
}
