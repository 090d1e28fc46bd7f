using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>machines[].classes</c>.</summary>
internal sealed class ServiceClassSection : Section
{
    public Setting<ServiceDirection> Opened { get; set; }

    public Setting<IpProtocol> Protocol { get; set; }

    public Setting<NetworkAddress> Remote { get; set; }

    public Setting<NumberRange> Ports { get; set; }

    public List<Setting<string>> Services { get; } = [];

    public List<Setting<string>> Answers { get; } = [];
}
