namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>analytics.processes.groups</c>.</summary>
internal sealed class PeerGroupSection : Section
{
    public Setting<string> Name { get; set; }

    public List<Setting<NetworkAddress>> Networks { get; } = [];
}
