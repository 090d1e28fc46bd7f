namespace Weft.Host.Config.Document;

/// <summary><c>api</c>.</summary>
internal sealed class ApiSection : Section
{
    public Setting<TunnelAddress> Listen { get; set; }

    public Setting<int> Port { get; set; }

    public List<Setting<string>> Hosts { get; } = [];

    public Setting<string> TokenFile { get; set; }

    public Setting<string> Certificate { get; set; }

    public Setting<string> Key { get; set; }

    public Setting<string> ClientAuthority { get; set; }
}
