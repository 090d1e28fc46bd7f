namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>addressGroups</c>.</summary>
internal sealed class AddressGroupSection : Section
{
    public Setting<string> Name { get; set; }

    public List<Setting<NetworkAddress>> Prefixes { get; } = [];
}
