using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Validation;

/// <summary>What must not occur twice: names, VLANs, VNIs, addresses, files, devices.</summary>
internal static class UniqueValidator
{
    public static void Validate(ValidationContext context)
    {
        SwitchDocument document = context.Document;
        Names(document.Ports.Select(port => port.Name), "port", context.Problems);
        Names(document.Vteps.Select(vtep => vtep.Name), "tunnel endpoint", context.Problems);
        Names(document.Segments.Select(segment => segment.Name), "segment", context.Problems);
        Names(document.Routers.Select(router => router.Name), "router", context.Problems);
        Names(document.Nat.Select(nat => nat.Name), "nat", context.Problems);
        Names(document.Lb.Select(lb => lb.Name), "lb", context.Problems);

        IEnumerable<(string, Location)> vlans = document.Segments.Where(s => s.Vlan.IsKnown).Select(s => ($"VLAN {s.Vlan.Value}", s.Vlan.At));
        Check(vlans, "belongs to another segment already", context.Problems);

        IEnumerable<(string, Location)> vnis = document.Segments.Where(s => s.Vni.IsKnown && s.Vtep.IsKnown)
            .Select(s => ($"VNI {s.Vni.Value} of tunnel endpoint '{s.Vtep.Value}'", s.Vni.At));
        Check(vnis, "belongs to another segment already", context.Problems);

        IEnumerable<(string, Location)> sockets = document.Vteps.Where(v => v.Port.IsKnown && v.Address.IsKnown && v.UdpPort.IsKnown | !v.UdpPort.IsWritten)
            .Select(v => ($"UDP port {VtepValidator.UdpPort(v)} of {v.Address.Value.Address} on port '{v.Port.Value}'", v.Address.At));
        Check(sockets, "belongs to another tunnel endpoint already", context.Problems);

        IEnumerable<(string, Location)> devices = document.Ports.Where(p => p.Device.IsKnown && p.Type is { IsKnown: true, Value: not PortKind.Pcap })
            .Select(p => ($"device '{p.Device.Value}'{(p.NetworkNamespace.IsKnown ? $" of network namespace '{p.NetworkNamespace.Value}'" : "")}", p.Device.At));
        Check(devices, "belongs to another port already", context.Problems);

        Files(context);
    }

    /// <summary>Two ports that write one file, whatever ways its path is written in.</summary>
    private static void Files(ValidationContext context)
    {
        var seen = new Dictionary<string, Location>(StringComparer.Ordinal);
        foreach (Setting<string> write in context.Document.Ports.Select(port => port.Write).Where(write => write.IsKnown))
        {
            if (!seen.TryAdd(context.Resolve(write.Value), write.At))
            {
                context.Problems.Error(write.At, $"the file {Quoted.Of(write.Value)} is written by another port already (line {seen[context.Resolve(write.Value)].Line})");
            }
        }
    }

    /// <summary>Tells of every item after the first that equals it.</summary>
    public static void Check(IEnumerable<(string What, Location At)> items, string complaint, ProblemList problems)
    {
        var seen = new Dictionary<string, Location>(StringComparer.Ordinal);
        foreach ((string what, Location at) in items)
        {
            if (!seen.TryAdd(what, at))
            {
                problems.Error(at, $"{what} {complaint} (line {seen[what].Line})");
            }
        }
    }

    private static void Names(IEnumerable<Setting<string>> names, string what, ProblemList problems) =>
        Check(names.Where(name => name.IsKnown).Select(name => (Quoted.Of(name.Value), name.At)), $"is the name of another {what} already", problems);
}
