using Weft.Bridge;

namespace Weft.Host.Config.Document;

/// <summary>The key <c>bond</c> of a port.</summary>
internal sealed class BondSection : Section
{
    public List<Setting<string>> Members { get; } = [];

    public Setting<LacpMode> Mode { get; set; }

    public Setting<bool> FastRate { get; set; }

    public Setting<int> MinLinks { get; set; }

    public Setting<int> MaxLinks { get; set; }

    public Setting<bool> Fallback { get; set; }

    public Setting<int> SystemPriority { get; set; }
}
