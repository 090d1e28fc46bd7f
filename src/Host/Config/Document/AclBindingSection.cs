namespace Weft.Host.Config.Document;

/// <summary>The key <c>acl</c> of a port, a group of ports or a segment.</summary>
internal sealed class AclBindingSection : Section
{
    public Setting<string> In { get; set; }

    public Setting<string> Out { get; set; }
}
