namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>portGroups</c>.</summary>
internal sealed class PortGroupSection : Section
{
    public Setting<string> Name { get; set; }

    public List<Setting<string>> Ports { get; } = [];

    public AclBindingSection Acl { get; set; } = new();
}
