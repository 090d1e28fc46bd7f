using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Validation;

/// <summary>What every validator gets: the document, a place for problems, names resolved once.</summary>
internal sealed class ValidationContext(SwitchDocument document, ProblemList problems, string folder)
{
    private readonly Dictionary<string, PortSection> _ports = ByName(document.Ports, port => port.Name);
    private readonly Dictionary<string, VtepSection> _vteps = ByName(document.Vteps, vtep => vtep.Name);

    public SwitchDocument Document { get; } = document;

    public ProblemList Problems { get; } = problems;

    /// <summary>VLANs that have a segment.</summary>
    public IReadOnlySet<int> SegmentVlans { get; } = document.Segments.Where(s => s.Vlan.IsKnown).Select(s => s.Vlan.Value).ToHashSet();

    /// <summary>The port of that name; null, and an error unless the name itself was wrong, if there is none.</summary>
    public PortSection? FindPort(Setting<string> name) => Find(name, _ports, "port");

    /// <summary>The tunnel endpoint of that name; null, and an error unless the name itself was wrong, if there is none.</summary>
    public VtepSection? FindVtep(Setting<string> name) => Find(name, _vteps, "tunnel endpoint");

    /// <summary>The absolute form of a path that counts from the folder of the configuration.</summary>
    public string Resolve(string path) => Path.GetFullPath(path, folder);

    private T? Find<T>(Setting<string> name, Dictionary<string, T> known, string what) where T : class
    {
        if (!name.IsKnown || known.TryGetValue(name.Value, out T? found))
        {
            return name.IsKnown ? known[name.Value] : null;
        }

        Problems.Error(name.At, $"no {what} has the name {Quoted.Of(name.Value)}{NearestName.Hint(name.Value, known.Keys)}");
        return null;
    }

    private static Dictionary<string, T> ByName<T>(List<T> sections, Func<T, Setting<string>> name)
    {
        var named = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (T section in sections)
        {
            if (name(section) is { IsKnown: true } setting)
            {
                _ = named.TryAdd(setting.Value, section);
            }
        }

        return named;
    }
}
