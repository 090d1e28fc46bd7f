using Weft.Encap;

namespace Weft.Host.Config.Document;

/// <summary>One association of a protected peer.</summary>
internal sealed class AssociationSection : Section
{
    public Setting<uint> Spi { get; set; }

    public Setting<AeadAlgorithm> Algorithm { get; set; }

    public Setting<string> KeyFile { get; set; }

    public Setting<int> Queue { get; set; }
}
