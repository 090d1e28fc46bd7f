namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>accessLists</c>.</summary>
internal sealed class AccessListSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<bool> Stateful { get; set; }

    public Setting<Bridge.AclAction> Otherwise { get; set; }

    public List<AclRuleSection> Rules { get; } = [];

    /// <summary>What the rules came to, once they are known to be right.</summary>
    public Bridge.AccessList? Built { get; set; }
}
