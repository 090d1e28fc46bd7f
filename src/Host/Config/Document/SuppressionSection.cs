namespace Weft.Host.Config.Document;

/// <summary>The key <c>suppression</c> of a segment.</summary>
internal sealed class SuppressionSection : Section
{
    public Setting<bool> Arp { get; set; }

    public Setting<bool> Nd { get; set; }

    public Setting<int> AskAgainSeconds { get; set; }
}
