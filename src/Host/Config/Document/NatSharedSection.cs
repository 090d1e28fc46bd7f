namespace Weft.Host.Config.Document;

/// <summary><c>nat[].shared</c>.</summary>
internal sealed class NatSharedSection : Section
{
    public List<Setting<TunnelAddress>> Addresses { get; } = [];

    public Setting<int> BlockPorts { get; set; }

    public Setting<int> FirstPort { get; set; }

    public Setting<int> SparePorts { get; set; }

    public Setting<int> MaxBlocks { get; set; }

    public Setting<int> QuarantineSeconds { get; set; }
}
