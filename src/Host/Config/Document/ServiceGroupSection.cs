namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>serviceGroups</c>.</summary>
internal sealed class ServiceGroupSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<Packets.IpProtocol> Protocol { get; set; }

    public List<Setting<NumberRange>> Ports { get; } = [];
}
