using Weft.Ids;

namespace Weft.Host.Config.Document;

/// <summary>The group <c>ids[].actions</c>.</summary>
internal sealed class IdsActionsSection : Section
{
    public Setting<RuleAction> Alert { get; set; }

    public Setting<RuleAction> Drop { get; set; }

    public Setting<RuleAction> Reject { get; set; }
}
