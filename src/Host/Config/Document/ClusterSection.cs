namespace Weft.Host.Config.Document;

/// <summary><c>cluster</c>.</summary>
internal sealed class ClusterSection : Section
{
    public Setting<string> Host { get; set; }

    public Setting<string> File { get; set; }

    public EtcdSection Etcd { get; set; } = new();

    public Setting<int> LeaseSeconds { get; set; }
}
