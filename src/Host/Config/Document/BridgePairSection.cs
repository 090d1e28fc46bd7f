namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>bridgePairs</c>.</summary>
internal sealed class BridgePairSection : Section
{
    public Setting<int> Id { get; set; }

    public Setting<string> Vtep { get; set; }

    public List<Setting<TunnelAddress>> Nodes { get; } = [];

    public Setting<string> KeyFile { get; set; }

    public Setting<int> Port { get; set; }
}
