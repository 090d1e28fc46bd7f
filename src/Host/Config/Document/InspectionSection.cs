using Weft.Host.Datapath.Intrusion;

namespace Weft.Host.Config.Document;

/// <summary><c>services[].ids</c>.</summary>
internal sealed class InspectionSection : Section
{
    public List<Setting<string>> Rules { get; } = [];

    public Setting<bool> Midstream { get; set; }

    public Setting<int> MaxFlows { get; set; }

    /// <summary>The rules, once they were read.</summary>
    public IdsRules? Loaded { get; set; }
}
