using Weft.Packets;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>lb[].members</c>.</summary>
internal sealed class LbMemberSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<MacAddress> Mac { get; set; }
}
