namespace Weft.Host.Config.Document;

/// <summary>One rule of an access list.</summary>
internal sealed class AclRuleSection : MatchSection
{
    public Setting<Bridge.AclAction> Action { get; set; }

    public Setting<bool> Log { get; set; }
}
