using Weft.Lb;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>lb</c>.</summary>
internal sealed class LbSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<string> Router { get; set; }

    public Setting<string> Front { get; set; }

    public Setting<string> Back { get; set; }

    public List<Setting<NetworkAddress>> Servers { get; } = [];

    public List<LbMemberSection> Members { get; } = [];

    public Setting<RebindPolicy> Policy { get; set; }

    public Setting<bool> Learning { get; set; }

    public Setting<bool> TakeOver { get; set; }

    public Setting<int> Flows { get; set; }
}
