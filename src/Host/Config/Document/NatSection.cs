using Weft.Nat;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>nat</c>.</summary>
internal sealed class NatSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<string> Router { get; set; }

    public Setting<string> Outside { get; set; }

    public List<Setting<NetworkAddress>> Inside { get; } = [];

    public List<NatBlockSection> Blocks { get; } = [];

    public NatSharedSection Shared { get; set; } = new();

    public NatTunnelSection Tunnel { get; set; } = new();

    public List<NatStaticSection> Static { get; } = [];

    public Setting<MappingBehavior> Mapping { get; set; }

    public Setting<FilteringBehavior> Filtering { get; set; }

    public Setting<NatLogging> Logging { get; set; }

    public Setting<int> Entries { get; set; }

    public Setting<int> Machines { get; set; }

    public Setting<int> MappingsPerMachine { get; set; }
}
