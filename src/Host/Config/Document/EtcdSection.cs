namespace Weft.Host.Config.Document;

/// <summary><c>cluster.etcd</c>.</summary>
internal sealed class EtcdSection : Section
{
    public List<Setting<string>> Endpoints { get; } = [];

    public Setting<string> Authority { get; set; }

    public Setting<string> Certificate { get; set; }

    public Setting<string> Key { get; set; }
}
