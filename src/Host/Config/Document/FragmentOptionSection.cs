namespace Weft.Host.Config.Document;

/// <summary>The key <c>option</c> of a tunnel endpoint's fragmentation.</summary>
internal sealed class FragmentOptionSection : Section
{
    public Setting<int> Class { get; set; }

    public Setting<int> Type { get; set; }
}
