namespace Weft.Host.Config.Document;

/// <summary>The key <c>storm</c> of a port.</summary>
internal sealed class StormSection : Section
{
    public Setting<int> Broadcast { get; set; }

    public Setting<int> Multicast { get; set; }

    public Setting<int> UnknownUnicast { get; set; }

    public Setting<int> BurstMilliseconds { get; set; }
}
