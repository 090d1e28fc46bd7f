namespace Weft.Host.Config.Document;

/// <summary>The key <c>moveDamping</c> of the switch.</summary>
internal sealed class MoveDampingSection : Section
{
    public Setting<int> MaxMoves { get; set; }

    public Setting<int> WindowSeconds { get; set; }

    public Setting<int> HoldSeconds { get; set; }
}
