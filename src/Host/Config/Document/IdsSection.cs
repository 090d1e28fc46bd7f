using Weft.Host.Datapath.Intrusion;
using Weft.Packets;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>ids</c>.</summary>
internal sealed class IdsSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<bool> IsInline { get; set; }

    public List<Setting<string>> Rules { get; } = [];

    public List<IdsVariableSection> Variables { get; } = [];

    public Setting<string> Classification { get; set; }

    public IdsActionsSection Actions { get; set; } = new();

    public List<Setting<string>> Ports { get; } = [];

    public List<Setting<string>> Segments { get; } = [];

    public List<Setting<MacAddress>> Machines { get; } = [];

    public Setting<bool> Midstream { get; set; }

    public Setting<int> MaxFlows { get; set; }

    public Setting<int> MaxStreams { get; set; }

    public Setting<int> MaxThresholds { get; set; }

    public Setting<int> AlertsPerPacket { get; set; }

    public Setting<int> RejectsPerSecond { get; set; }

    public Setting<string> Eve { get; set; }

    public List<Setting<EveTypes>> EveTypes { get; } = [];

    public Setting<string> FastLog { get; set; }

    public Setting<string> Pcap { get; set; }

    public Setting<int> PcapPackets { get; set; }

    /// <summary>The rules, once they were read; not part of the text.</summary>
    public IdsRules? Loaded { get; set; }
}
