namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>moves.hosts</c>.</summary>
internal sealed class MoveHostSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<TunnelAddress> Address { get; set; }

    public Setting<int> Port { get; set; }
}
