namespace Weft.Host.Config.Document;

/// <summary>The key <c>switch</c>.</summary>
internal sealed class GeneralSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<int> VectorSize { get; set; }

    public Setting<PollMode> Poll { get; set; }

    public Setting<int> Workers { get; set; }

    public List<Setting<int>> Cores { get; } = [];

    public Setting<int> WorkerNice { get; set; }

    public Setting<int> PoolBuffers { get; set; }

    public Setting<Packets.MacAddress> Mac { get; set; }

    public Setting<string> ControlSocket { get; set; }

    public Setting<string> StateFile { get; set; }

    public Setting<int> StateMaxSeconds { get; set; }

    public Setting<int> AclConnections { get; set; }

    public MoveDampingSection MoveDamping { get; set; } = new();
}
