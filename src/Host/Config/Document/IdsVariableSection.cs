namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>ids[].variables</c>.</summary>
internal sealed class IdsVariableSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<string> Value { get; set; }
}
